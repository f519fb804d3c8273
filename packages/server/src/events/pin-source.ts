import { hasCode, UploadError } from "../errors.js";
import type { ObjectInfo } from "../object-spec.js";
import { lastingVersion } from "../operations/delete-version.js";
import type { PresignProvider } from "../provider.js";

/** Copies that no URL can write, while they are looked at. */
export const scanningPrefix = ".skyput/scanning/";

/** An object that nobody can replace unnoticed. */
export interface PinnedSource {
	readonly source: ObjectInfo;
	/** Deletes what was made for it. */
	readonly free: () => Promise<void>;
}

const quiet = async (): Promise<void> => undefined;

/**
 * Makes sure that what the steps read is what is copied: by its version, or by an etag that copies compare, of an
 * object whose URL refuses to overwrite. Else the object is copied first, to a key for which no URL exists.
 *
 * @param object - From `head`.
 * @param uploadId - Part of the private key.
 */
export async function pinSource(
	provider: PresignProvider,
	object: ObjectInfo,
	uploadId: string,
): Promise<PinnedSource> {
	const { copy, createOnly } = provider.capabilities;
	// two files can be made that have one MD5: an etag pins what no URL can replace
	const isPinned = copy.pinned && createOnly.single !== "none" && object.etag !== undefined;
	if (lastingVersion(object) !== undefined || isPinned) return { source: object, free: quiet };
	const key = `${scanningPrefix}${uploadId}-${crypto.randomUUID()}`;
	const free = (): Promise<void> => provider.delete(key).catch(() => undefined);
	try {
		await provider.copy(object, key, { createOnly: false });
		const copied = await provider.head(key);
		if (copied?.uploadId === uploadId) return { source: copied, free };
	} catch (error) {
		await free();
		if (!hasCode(error, "conflict")) throw error;
	}
	await free();
	throw new UploadError("conflict", "The object was replaced while it was copied.");
}
