import { hash } from "node:crypto";
import type { Payload } from "./authenticate.js";
import { decodeAwsChunked } from "./aws-chunked.js";
import { notImplemented, S3Error } from "./s3-error.js";
import type { S3Request } from "./s3-request.js";

/** The body of a request without its framing. */
export interface OpenBody {
	/** The declared size in bytes. */
	readonly size: number;
	readonly stream: AsyncIterable<Buffer>;
	/** Trailing headers; complete once the stream has ended. */
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

/** The body differs from its signed hash. */
export function contentHashMismatch(signed: string, computed: string): S3Error {
	return new S3Error(
		"XAmzContentSHA256Mismatch",
		"The provided 'x-amz-content-sha256' header does not match what was computed.",
		{ ClientComputedContentSHA256: signed, S3ComputedContentSHA256: computed },
	);
}

/** Opens the body of a request that stores bytes. Reads nothing yet; throws when the length is missing. */
export function openBody(request: S3Request, payload: Payload): OpenBody {
	if (payload.kind !== "aws-chunked") {
		// chunked transfer encoding is allowed only with aws-chunked, which declares the decoded length
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

/** Bytes: enough for a CompleteMultipartUpload of 10,000 parts with checksums. */
const maxDocument = 4 * 1024 * 1024;

/** Reads a small body and verifies its signed hash. */
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
