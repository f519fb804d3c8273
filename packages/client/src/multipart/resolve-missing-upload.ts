import type { CompleteReply } from "#protocol";
import { hasCode, UploadError } from "../errors.js";
import type { Session } from "../upload/session.js";
import { complete } from "../upload/session.js";
import { combineParts } from "./crc32-combine.js";
import type { Part } from "./part.js";

/**
 * Ends an upload that the storage does not know any more: the server finds out whether it was joined, by
 * an earlier run or with the answer lost.
 *
 * @throws UploadError `upload-not-found` when it was not, or nobody can tell: begun anew, it ends with the truth.
 */
export async function settle(session: Session, parts: readonly Part[]): Promise<CompleteReply> {
	const { token } = session;
	try {
		return await complete(session, { token, checksum: combineParts(parts) });
	} catch (error) {
		throw hasCode(error, "already-exists", "conflict", "token-expired", "forbidden")
			? new UploadError("upload-not-found", "Begin the upload again.", { cause: error })
			: error;
	}
}
