import type { CompleteReply } from "#protocol";
import { hasCode, UploadError } from "../errors.js";
import type { UploadContext } from "../upload/context.js";
import { complete } from "../upload/context.js";
import { combineParts } from "./crc32-combine.js";
import type { Part } from "./part.js";

/**
 * Ends an upload that the storage does not know any more: the server finds out whether it was joined, by
 * an earlier run or with the answer lost.
 *
 * @throws UploadError `upload-not-found` when it was not, or nobody can tell: begun anew, it ends with the truth.
 */
export async function settle(
	upload: UploadContext,
	parts: readonly Part[],
): Promise<CompleteReply> {
	const { token } = upload;
	try {
		return await complete(upload, { token, checksum: combineParts(parts) });
	} catch (error) {
		throw hasCode(error, "already-exists", "conflict", "token-expired", "forbidden")
			? new UploadError("upload-not-found", "Begin the upload again.", { cause: error })
			: error;
	}
}
