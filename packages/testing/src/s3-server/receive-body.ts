import type { StoredBytes } from "./blob-store.js";
import type { StoredChecksum } from "./buckets.js";
import {
	checkDigest,
	type Declared,
	declaredDigests,
	parseChecksum,
} from "./declared-checksums.js";
import { type DigestName, digestSet } from "./digests.js";
import { defaultChecksum } from "./object-checksum.js";
import type { S3Call } from "./operation.js";
import { contentHashMismatch, openBody } from "./payload-body.js";
import { S3Error } from "./s3-error.js";

/** 5 GiB: the largest body of one request. */
export const maxBody: number = 5 * 1024 ** 3;

/** A stored body with its computed digests. */
export interface ReceivedBody {
	readonly bytes: StoredBytes;
	readonly digests: ReadonlyMap<DigestName, Buffer>;
}

export function entityTooLarge(size: number, max: number): S3Error {
	return new S3Error("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", {
		ProposedSize: size,
		MaxSizeAllowed: max,
	});
}

/** A computed digest. */
export function digestOf(body: ReceivedBody, name: DigestName): Buffer {
	const digest = body.digests.get(name);
	if (digest === undefined) throw new Error(`No ${name} was computed.`);
	return digest;
}

/** The verified checksum of an object, or the default one. */
export function checksumOf(declared: Declared, body: ReceivedBody): StoredChecksum {
	const { name } = declared.checksum ?? defaultChecksum;
	return { name, value: digestOf(body, name).toString("base64"), type: "FULL_OBJECT" };
}

/**
 * Stores the body of a request and verifies its length, signed hash, MD5 and checksum. Always computes
 * the MD5, for the ETag; other digests only when needed.
 *
 * @param extraDigests further digests to compute
 */
export async function receiveBody(
	{ request, payload, state }: S3Call,
	extraDigests: readonly DigestName[] = [],
): Promise<ReceivedBody & { readonly declared: Declared }> {
	const declared = declaredDigests(request);
	const body = openBody(request, payload);
	if (body.size > maxBody) throw entityTooLarge(body.size, maxBody);
	const digests = digestSet([
		"md5",
		...(declared.checksum ? [declared.checksum.name] : []),
		...(payload.kind === "sha256" ? (["sha256"] as const) : []),
		...extraDigests,
	]);
	const bytes = await state.blobs.write(body.stream, digests.update);
	const received = { bytes, digests: digests.digest(), declared };
	try {
		if (bytes.size !== body.size) {
			throw new S3Error(
				"IncompleteBody",
				"You did not provide the number of bytes specified by the Content-Length HTTP header.",
			);
		}
		if (payload.kind === "sha256") {
			const computed = digestOf(received, "sha256").toString("hex");
			if (computed !== payload.hex) throw contentHashMismatch(payload.hex, computed);
		}
		if (declared.md5) {
			const encoding = request.query.has("uploadId") ? "base64" : "hex";
			checkDigest("md5", declared.md5, digestOf(received, "md5"), encoding);
		}
		if (declared.checksum) {
			const { name } = declared.checksum;
			const value = declared.checksum.value ?? trailingChecksum(name, body.trailers());
			checkDigest(name, value, digestOf(received, name));
		}
	} catch (error) {
		await bytes.discard();
		throw error;
	}
	return received;
}

function trailingChecksum(
	name: Parameters<typeof parseChecksum>[0],
	trailers: ReadonlyMap<string, string>,
): Buffer {
	const text = trailers.get(`x-amz-checksum-${name}`);
	if (text === undefined) {
		throw new S3Error(
			"MalformedTrailerError",
			"The request contained trailing data that was not well-formed or did not conform to our published schema.",
		);
	}
	return parseChecksum(name, text);
}
