import { hash } from "node:crypto";
import type { Payload } from "./authenticate.js";
import { decodeAwsChunked } from "./aws-chunked.js";
import { notImplemented, S3Error } from "./s3-error.js";
import type { S3Request } from "./s3-request.js";

/** The body of a request, out of its framing. */
export interface OpenBody {
	/** Bytes, as declared. */
	readonly size: number;
	readonly stream: AsyncIterable<Buffer>;
	/** Trailing headers; complete when the stream has ended. */
	trailers(): ReadonlyMap<string, string>;
}

const missingLength = (): S3Error =>
	new S3Error("MissingContentLength", "You must provide the Content-Length HTTP header.");

function declaredSize(text: string | undefined): number {
	if (text === undefined) throw missingLength();
	const size = Number(text);
	if (!/^\d+$/.test(text) || !Number.isSafeInteger(size)) throw missingLength();
	return size;
}

/** What S3 answers when the bytes are not those that were signed. */
export function contentHashMismatch(signed: string, computed: string): S3Error {
	return new S3Error(
		"XAmzContentSHA256Mismatch",
		"The provided 'x-amz-content-sha256' header does not match what was computed.",
		{ ClientComputedContentSHA256: signed, S3ComputedContentSHA256: computed },
	);
}

/** Opens the body of a request that stores bytes. Nothing is read yet: its length must be known first. */
export function openBody(request: S3Request, payload: Payload): OpenBody {
	if (payload.kind !== "aws-chunked") {
		// chunks of HTTP are taken only around chunks of AWS, which state the true length beforehand
		if (request.headers.has("transfer-encoding")) throw notImplemented("Transfer-Encoding");
		const size = declaredSize(request.headers.get("content-length"));
		return { size, stream: request.body(), trailers: () => new Map() };
	}
	let trailers: ReadonlyMap<string, string> = new Map();
	return {
		size: declaredSize(request.headers.get("x-amz-decoded-content-length")),
		stream: decodeAwsChunked(request.body(), payload.chain, payload.trailer, (read) => {
			trailers = read;
		}),
		trailers: () => trailers,
	};
}

/** The largest document that S3 needs: the completion of 10,000 parts with their checksums. */
const maxDocument = 4 * 1024 * 1024;

/** Reads a whole small body, as text must be read, and checks it against its signed hash. */
export async function readDocument(request: S3Request, payload: Payload): Promise<Buffer> {
	const chunks: Buffer[] = [];
	let size = 0;
	const source =
		payload.kind === "aws-chunked" ? openBody(request, payload).stream : request.body();
	for await (const chunk of source) {
		size += chunk.length;
		if (size > maxDocument) {
			throw new S3Error("MaxMessageLengthExceeded", "Your request was too big.", {
				MaxMessageLengthBytes: maxDocument,
			});
		}
		chunks.push(chunk);
	}
	const document = Buffer.concat(chunks);
	if (payload.kind === "sha256") {
		const computed = hash("sha256", document);
		if (computed !== payload.hex) throw contentHashMismatch(payload.hex, computed);
	}
	return document;
}
