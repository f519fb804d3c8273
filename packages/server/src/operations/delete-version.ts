import { hasCode } from "../errors.js";
import { type Log, writeLog } from "../hooks.js";
import type { ObjectInfo } from "../object-spec.js";
import type { PresignProvider } from "../provider.js";

/** The version that stays what it is: a bucket whose versioning is suspended overwrites the version "null". */
export const lastingVersion = ({ version }: Pick<ObjectInfo, "version">): string | undefined =>
	version === "null" ? undefined : version;

/**
 * Deletes what was looked at, and nothing that has replaced it. Where a role or an object lock refuses to delete a
 * version, a delete marker hides it.
 *
 * @param log - Receives a warning for a version that stays.
 * @throws UploadError `conflict` where another object is in its place, `forbidden` where the marker is refused too.
 */
export async function deleteVersion(
	provider: PresignProvider,
	object: ObjectInfo,
	log: Log,
): Promise<void> {
	const { key, etag, uploadId } = object;
	const version = lastingVersion(object);
	if (version === undefined) return provider.delete(key, { ifMatch: etag });
	try {
		await provider.delete(key, { version });
	} catch (cause) {
		if (!hasCode(cause, "forbidden")) throw cause;
		await provider.delete(key, { ifMatch: etag });
		const reason = `version ${version} of ${key} stays behind a delete marker, because the storage refused to delete it. Allow s3:DeleteObjectVersion; where an object lock holds it, it stays until that ends`;
		writeLog(log, "warn", { uploadId, reason, cause });
	}
}
