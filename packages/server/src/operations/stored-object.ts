import { hasCode, UploadError } from "../errors.js";
import type { ObjectInfo } from "../provider.js";
import type { OpenUpload } from "./open-upload.js";
import type { OperationContext } from "./operation.js";

/** Seconds until the client asks again whether the write that came in between is over. */
const conflictRetryAfter = 5;

async function headObject({ provider }: OperationContext, key: string): Promise<ObjectInfo | null> {
	try {
		return await provider.head(key);
	} catch (cause) {
		if (!hasCode(cause, "forbidden")) throw cause;
		throw new UploadError(
			"conflict",
			"The server may not look whether the upload was stored. Expose ETag in the bucket's CORS rule, or allow s3:GetObject and s3:ListBucket on the prefix.",
			{ cause },
		);
	}
}

/** The error for a key that holds nothing. */
function missingError(cause: unknown): UploadError {
	// the earlier commit of this upload may still be at work
	if (hasCode(cause, "conflict")) {
		return new UploadError("conflict", cause.message, { cause, retryAfter: conflictRetryAfter });
	}
	const message = hasCode(cause, "already-exists")
		? "Another object had this key and is gone, after which the storage refuses this upload for good. Start it again."
		: "Nothing is stored for this upload; start it again.";
	return new UploadError("upload-not-found", message, { cause });
}

/**
 * Finds out by HEAD how an upload ended. The object with this upload's id and size is success; another
 * object is `already-exists`; no object is `upload-not-found`, or `conflict` with Retry-After where a
 * competing write had stopped the commit; a HEAD that is not allowed is `conflict`, never success.
 *
 * @param size - Bytes, where the token does not hold them.
 * @param error - The failure before; thrown again where it is not ambiguous.
 */
export async function verifyStoredObject(
	context: OperationContext,
	{ upload }: OpenUpload,
	size: number | undefined,
	error?: unknown,
): Promise<ObjectInfo> {
	const ambiguous = hasCode(error, "upload-not-found", "already-exists", "conflict");
	if (error !== undefined && !ambiguous) throw error;
	const info = await headObject(context, upload.key);
	if (info === null) throw missingError(error);
	if (info.uploadId !== upload.uploadId) {
		throw new UploadError("already-exists", "Another object is stored under this key.", {
			cause: error,
		});
	}
	const expected = upload.size ?? size ?? info.size;
	if (info.size === expected) return info;
	throw new UploadError("invalid-size", `The object has ${info.size} bytes, not ${expected}.`);
}
