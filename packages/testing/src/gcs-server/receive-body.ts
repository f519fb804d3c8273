import { hash } from "node:crypto";
import type { StoredBytes } from "../s3-server/blob-store.js";
import { digestSet } from "../s3-server/digests.js";
import { GcsError } from "./gcs-error.js";
import type { GcsCall } from "./gcs-state.js";

/** A stored body with its digests. */
export interface ReceivedBody {
	readonly bytes: StoredBytes;
	readonly md5: Buffer;
	readonly crc32c: Buffer;
}

/** Refuses a body whose declared length is outside of `x-goog-content-length-range`. */
function checkRange({ headers }: GcsCall["request"], size: number): void {
	const range = headers.get("x-goog-content-length-range");
	if (range === undefined) return;
	const [, least, most] = /^(\d+),(\d+)$/.exec(range) ?? [];
	if (least === undefined || most === undefined) throw new GcsError("InvalidArgument");
	if (size < Number(least)) throw new GcsError("EntityTooSmall");
	if (size > Number(most)) throw new GcsError("EntityTooLarge");
}

/** The digests that the request declares, in base64. */
function declaredDigests({ headers }: GcsCall["request"]): readonly (readonly [string, string])[] {
	const md5 = headers.get("content-md5");
	const hashes = (headers.get("x-goog-hash") ?? "").split(",").map((text) => text.trim());
	return [
		...(md5 === undefined ? [] : [["md5", md5] as const]),
		...hashes
			.filter((text) => text !== "")
			.map((text) => {
				const [, name, value] = /^(md5|crc32c)=([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
				if (name === undefined || value === undefined) throw new GcsError("InvalidArgument");
				return [name, value] as const;
			}),
	];
}

/** Stores the body of a request and verifies its length and digests. */
export async function receiveBody({ request, state }: GcsCall): Promise<ReceivedBody> {
	const length = request.headers.get("content-length");
	if (length === undefined) throw new GcsError("MissingContentLength");
	checkRange(request, Number(length));
	const declared = declaredDigests(request);
	const digests = digestSet(["md5", "crc32c"]);
	const bytes = await state.blobs.write(request.body(), digests.update);
	const computed = digests.digest();
	try {
		if (bytes.size !== Number(length)) throw new GcsError("IncompleteBody");
		for (const [name, value] of declared) {
			const actual = computed.get(name as "md5" | "crc32c")?.toString("base64");
			if (actual !== value) throw new GcsError("BadDigest");
		}
	} catch (error) {
		await bytes.discard();
		throw error;
	}
	const empty = Buffer.alloc(0);
	return {
		bytes,
		md5: computed.get("md5") ?? empty,
		crc32c: computed.get("crc32c") ?? empty,
	};
}

/** Reads a small body and verifies its signed hash. */
export async function readDocument(
	request: GcsCall["request"],
	payloadHash: string,
): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of request.body()) chunks.push(chunk);
	const document = Buffer.concat(chunks);
	if (payloadHash !== "UNSIGNED-PAYLOAD" && payloadHash !== hash("sha256", document)) {
		throw new GcsError("SignatureDoesNotMatch");
	}
	return document.toString("utf8");
}
