import { UploadError } from "../errors.js";
import type { ObjectInfo } from "../provider.js";
import type { OpenUpload, OperationContext } from "./open-upload.js";

/** Codes after which only a look at the object tells what happened. */
const ambiguous: ReadonlySet<string> = new Set(["upload-not-found", "already-exists", "conflict"]);

/**
 * Decides by HEAD how an upload ended: the same stamp and size is success, another object
 * `already-exists`, nothing `upload-not-found` (`conflict` where the storage has just refused to
 * overwrite something), and no permission to look `conflict`, never success.
 *
 * @param size - Bytes, where the token does not seal them.
 * @param error - What came before; anything unambiguous is thrown again as it is.
 */
export async function lookAt(
	context: OperationContext,
	open: OpenUpload,
	size: number | undefined,
	error?: unknown,
): Promise<ObjectInfo> {
	if (error !== undefined && !(error instanceof UploadError && ambiguous.has(error.code)))
		throw error;
	const { upload } = open;
	let info: ObjectInfo | null;
	try {
		info = await context.provider.head(upload.key);
	} catch (cause) {
		if (!(cause instanceof UploadError) || cause.code !== "forbidden") throw cause;
		throw new UploadError(
			"conflict",
			"Whether the upload was stored cannot be told, because the server may not look at it (it needs s3:GetObject and s3:ListBucket on the prefix).",
			{ cause },
		);
	}
	if (info === null) {
		if (error instanceof UploadError && error.code === "conflict") throw error;
		if (error instanceof UploadError && error.code === "already-exists") {
			throw new UploadError("conflict", "Another object stood in the way and is gone: try again.", {
				cause: error,
			});
		}
		throw new UploadError(
			"upload-not-found",
			"Nothing is stored for this upload; start it again.",
			{
				cause: error,
			},
		);
	}
	if (info.uploadId !== upload.uploadId) {
		throw new UploadError("already-exists", "Another object is stored under this key.", {
			cause: error,
		});
	}
	const expected = upload.size ?? size ?? info.size;
	if (info.size === expected) return info;
	throw new UploadError(
		"invalid-size",
		`The object has ${info.size} bytes instead of ${expected}.`,
	);
}
