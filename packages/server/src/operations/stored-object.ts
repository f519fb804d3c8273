import { UploadError } from "../errors.js";
import type { ObjectInfo } from "../provider.js";
import type { OpenUpload } from "./open-upload.js";
import type { OperationContext } from "./operation.js";

/** Codes after which only HEAD tells what happened. */
const ambiguous: ReadonlySet<string> = new Set(["upload-not-found", "already-exists", "conflict"]);

async function headObject({ provider }: OperationContext, key: string): Promise<ObjectInfo | null> {
	try {
		return await provider.head(key);
	} catch (cause) {
		if (!(cause instanceof UploadError) || cause.code !== "forbidden") throw cause;
		throw new UploadError(
			"conflict",
			"The server may not look whether the upload was stored (it needs s3:GetObject and s3:ListBucket on the prefix).",
			{ cause },
		);
	}
}

/** The error for a key that holds nothing. */
function missingError(error: unknown): UploadError {
	const code = error instanceof UploadError ? error.code : undefined;
	if (error instanceof UploadError && code === "conflict") return error;
	return code === "already-exists"
		? new UploadError("conflict", "Another object had this key and is gone: try again.", {
				cause: error,
			})
		: new UploadError("upload-not-found", "Nothing is stored for this upload; start it again.", {
				cause: error,
			});
}

/**
 * Finds out by HEAD how an upload ended. The object with this upload's id and size is success; another
 * object is `already-exists`; no object is `upload-not-found`, or `conflict` where the storage had just
 * refused to overwrite one; a HEAD that is not allowed is `conflict`, never success.
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
	if (error !== undefined && !(error instanceof UploadError && ambiguous.has(error.code))) {
		throw error;
	}
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
