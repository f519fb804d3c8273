import { hasCode, UploadError } from "../errors.js";
import type { ObjectInfo } from "../object-spec.js";
import { storageKey } from "../quarantine.js";
import type { OpenUpload } from "./open-upload.js";

/** Seconds after which the client asks again whether the competing write has ended. */
const conflictRetryAfter = 5;

async function headObject({ provider, upload }: OpenUpload): Promise<ObjectInfo | null> {
	try {
		return await provider.head(storageKey(upload));
	} catch (cause) {
		if (!hasCode(cause, "forbidden")) throw cause;
		throw new UploadError(
			"conflict",
			"The server isn't allowed to check whether the upload was stored. Expose ETag in the bucket's CORS rule, or allow s3:GetObject and s3:ListBucket on the prefix.",
			{ cause },
		);
	}
}

/** The error for a key that holds nothing. */
function missingError(cause: unknown): UploadError {
	// an earlier commit of this upload may still be running
	if (hasCode(cause, "conflict")) {
		return new UploadError("conflict", cause.message, { cause, retryAfter: conflictRetryAfter });
	}
	const message = hasCode(cause, "already-exists")
		? "Another object had this key meanwhile, after which the storage refuses this upload permanently. Start it again."
		: "Nothing is stored for this upload; start it again.";
	return new UploadError("upload-not-found", message, { cause });
}

/**
 * Finds out by a HEAD request how an upload ended. The object with this upload's id and size is success;
 * another object is `already-exists`; no object is `upload-not-found`, or `conflict` with Retry-After when a
 * competing write stopped the commit. A forbidden HEAD is `conflict`, never success.
 *
 * @param size - Bytes, if the token doesn't contain them.
 * @param error - The preceding error; rethrown unless it is ambiguous.
 */
export async function verifyStoredObject(
	open: OpenUpload,
	size: number | undefined,
	error?: unknown,
): Promise<ObjectInfo> {
	const ambiguous = hasCode(error, "upload-not-found", "already-exists", "conflict");
	if (error !== undefined && !ambiguous) throw error;
	const { upload } = open;
	const info = await headObject(open);
	if (info === null) throw missingError(error);
	if (info.uploadId !== upload.uploadId) {
		throw new UploadError("already-exists", "Another object is stored under this key.", {
			cause: error,
		});
	}
	const expected = upload.size ?? size ?? info.size;
	if (info.size === expected) return info;
	throw new UploadError("invalid-size", `The object has ${info.size} bytes, not ${expected}.`, {
		values: { size: info.size, expected },
	});
}
