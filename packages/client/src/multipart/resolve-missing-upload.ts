import type { CompleteReply } from "#protocol";
import { combineParts } from "../digests/combine-crc.js";
import { hasCode, UploadError } from "../errors.js";
import { refusalOf } from "../http/problem.js";
import { complete, type UploadContext } from "../upload/context.js";
import type { Part, PartsPlan } from "./part.js";

/**
 * Ends an upload that the storage no longer has: the server checks whether it was completed, by an earlier run
 * or by a call whose response was lost.
 *
 * @param refused why the storage refused its parts; thrown unless the server asks for a restart
 * @throws UploadError `upload-not-found` when it was not: the upload then restarts. `conflict` when it may
 *   have been, and the server is not allowed to check.
 */
export async function completeMissingUpload(
	upload: UploadContext,
	{ algorithm, unconfirmed }: PartsPlan,
	parts: readonly Part[],
	refused?: UploadError,
): Promise<CompleteReply> {
	const checksum = combineParts(algorithm, parts);
	// nothing is committed before every part is stored and digested
	const wasComplete =
		!unconfirmed && parts.every(({ stored, digest }) => stored && (digest || !algorithm));
	const reply = await complete(upload, { checksum, refusal: refusalOf(refused) }).catch((error) => {
		if (refused && !(error instanceof UploadError && error.restart)) throw refused;
		const isLost =
			(unconfirmed && hasCode(error, "checksum-mismatch")) ||
			hasCode(error, "already-exists", "token-expired") ||
			// a gateway's conflict, without a request id, says nothing of the upload
			(hasCode(error, "conflict") && error.requestId && !wasComplete);
		throw isLost ? restart(error) : error;
	});
	if (unconfirmed && (!checksum || reply.checksum?.value !== checksum.value)) throw restart();
	return reply;
}

const restart = (cause?: unknown): UploadError =>
	new UploadError("upload-not-found", "The upload no longer exists. Start it again.", { cause });
