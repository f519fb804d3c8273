import type { StoredBytes } from "./blob-store.js";
import { noSuchBucket, type StoredObject } from "./buckets.js";
import { failedReadCondition } from "./conditions.js";
import { type DigestName, type DigestSet, digestSet } from "./digests.js";
import type { ObjectCall } from "./operation.js";
import type { ReceivedBody } from "./receive-body.js";
import { maxBody } from "./receive-body.js";
import {
	invalidArgument,
	noSuchKey,
	noSuchVersion,
	preconditionFailed,
	S3Error,
} from "./s3-error.js";

/** Bytes of an object to copy. */
export interface CopySource {
	readonly object: StoredObject;
	readonly start: number;
	/** Exclusive. */
	readonly end: number;
}

function decode(text: string): string | undefined {
	try {
		// AWS also reads the form encoding of a space
		return decodeURIComponent(text.replaceAll("+", " "));
	} catch {
		return undefined;
	}
}

/** Parses `x-amz-copy-source`: a bucket and a key in URL encoding, and perhaps a version. */
function parseSource(header: string) {
	const [path = "", version] = header.split("?versionId=");
	const [, bucket, key] = /^\/?([^/]+)\/(.+)$/s.exec(decode(path) ?? "") ?? [];
	if (bucket !== undefined && key !== undefined) return { bucket, key, version };
	throw invalidArgument("Invalid copy source object key", "x-amz-copy-source", "x-amz-copy-source");
}

/** Parses `x-amz-copy-source-range`, which is stricter than Range. */
function parseRange(header: string, size: number): Pick<CopySource, "start" | "end"> {
	const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(header) ?? [];
	const [start, end] = [Number(first), Number(last) + 1];
	const invalid = (message: string): S3Error =>
		invalidArgument(message, "x-amz-copy-source-range", header);
	if (!(start < end)) {
		throw invalid(
			"The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
		);
	}
	if (start >= size) {
		throw new S3Error(
			"InvalidRequest",
			"The specified copy range is invalid for the source object size",
		);
	}
	if (end > size) throw invalid(`Range specified is not valid for source object of size: ${size}`);
	return { start, end };
}

/**
 * Finds the source of a CopyObject or UploadPartCopy, and checks its conditions.
 *
 * @throws S3Error `PreconditionFailed`, never 304 as for a read
 */
export function findCopySource({ request, state }: ObjectCall): CopySource {
	const { headers } = request;
	const { bucket: name, key, version } = parseSource(headers.get("x-amz-copy-source") ?? "");
	const bucket = state.buckets.get(name);
	if (bucket === undefined) throw noSuchBucket(name);
	if (version !== undefined && version !== "null") throw noSuchVersion(key, version);
	const object = bucket.objects.get(key);
	if (object === undefined) throw noSuchKey(key);
	const failed = failedReadCondition(
		(condition) => headers.get(`x-amz-copy-source-${condition}`),
		object,
	);
	if (failed !== undefined) throw preconditionFailed(`x-amz-copy-source-${failed}`);
	const { size } = object.bytes;
	const range = headers.get("x-amz-copy-source-range");
	const { start, end } = range === undefined ? { start: 0, end: size } : parseRange(range, size);
	if (end - start > maxBody) {
		throw new S3Error(
			"InvalidRequest",
			`The specified copy source is larger than the maximum allowable size for a copy source: ${maxBody}`,
		);
	}
	return { object, start, end };
}

/** Copies bytes: their source may be deleted before the copy. Computes the MD5 and the digest `name`. */
export async function copyBytes(
	{ state }: ObjectCall,
	{ object, start, end }: CopySource,
	name: DigestName,
): Promise<ReceivedBody> {
	const digests: DigestSet = digestSet(["md5", name]);
	const bytes: StoredBytes = await state.blobs.write(object.bytes.read(start, end), digests.update);
	return { bytes, digests: digests.digest() };
}
