import { createHash, hash } from "node:crypto";
import type { ChunkChain } from "./authenticate.js";
import { type ByteReader, byteReader } from "./byte-reader.js";
import { S3Error } from "./s3-error.js";
import { sameSignature, sign, signatureMismatch } from "./signature.js";

const lineEnd = Buffer.from("\r\n");
const maxLine = 16_384;
const emptyHash = hash("sha256", "");

const incomplete = (): S3Error =>
	new S3Error("IncompleteBody", "The request body terminated unexpectedly");

async function line(reader: ByteReader): Promise<string> {
	const bytes = await reader.until(lineEnd, maxLine);
	if (bytes === undefined) throw incomplete();
	return bytes.toString("latin1");
}

/** Verifies chunk signatures, each of which covers the previous one ("Transferring payload in multiple chunks", S3 API Reference). */
class ChunkSigner {
	readonly #chain: ChunkChain;
	#previous: string;

	constructor(chain: ChunkChain) {
		this.#chain = chain;
		this.#previous = chain.seed;
	}

	check(word: string, hashes: string, given: string | undefined): void {
		const { key, amzDate, scope } = this.#chain;
		const expected = sign(key, [word, amzDate, scope, this.#previous, hashes].join("\n"));
		if (given === undefined || !sameSignature(expected, given)) throw signatureMismatch();
		this.#previous = expected;
	}
}

async function readTrailers(
	reader: ByteReader,
	signer: ChunkSigner | undefined,
): Promise<ReadonlyMap<string, string>> {
	const trailers = new Map<string, string>();
	for (let text = await line(reader); text !== ""; text = await line(reader)) {
		const colon = text.indexOf(":");
		if (colon < 1) {
			throw new S3Error(
				"MalformedTrailerError",
				"The request contained trailing data that was not well-formed or did not conform to our published schema.",
			);
		}
		trailers.set(text.slice(0, colon).toLowerCase(), text.slice(colon + 1).trim());
	}
	if (signer !== undefined) {
		const signature = trailers.get("x-amz-trailer-signature");
		trailers.delete("x-amz-trailer-signature");
		const signed = [...trailers].map(([name, value]) => `${name}:${value}\n`).join("");
		signer.check("AWS4-HMAC-SHA256-TRAILER", hash("sha256", signed), signature);
	}
	return trailers;
}

/**
 * Decodes a body in `aws-chunked` framing and verifies its chunk signatures, if any.
 *
 * @param onTrailers called with the trailing headers after the last byte
 */
export async function* decodeAwsChunked(
	source: AsyncIterable<Buffer>,
	chain: ChunkChain | undefined,
	trailer: boolean,
	onTrailers: (trailers: ReadonlyMap<string, string>) => void,
): AsyncGenerator<Buffer> {
	const reader = byteReader(source);
	const signer = chain && new ChunkSigner(chain);
	for (;;) {
		const [, digits, signature] =
			/^([0-9a-f]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(await line(reader)) ?? [];
		if (digits === undefined) throw incomplete();
		const size = Number.parseInt(digits, 16);
		const digest = signer && createHash("sha256");
		let left = size;
		for await (const piece of reader.take(size)) {
			digest?.update(piece);
			left -= piece.length;
			yield piece;
		}
		if (left > 0) throw incomplete();
		if (digest) {
			signer.check("AWS4-HMAC-SHA256-PAYLOAD", `${emptyHash}\n${digest.digest("hex")}`, signature);
		}
		if (size === 0) break;
		if ((await line(reader)) !== "") throw incomplete();
	}
	if (trailer) onTrailers(await readTrailers(reader, signer));
	else if ((await line(reader)) !== "") throw incomplete();
}
