import type { CompleteReply } from "#protocol";
import { combineParts } from "../digests/combine-crc.js";
import { hasCode, UploadError } from "../errors.js";
import { complete, type UploadContext } from "../upload/context.js";
import type { Part, PartsPlan } from "./part.js";

/**
 * Ends an upload that the storage does not know any more: the server finds out whether it was joined, by
 * an earlier run or by a call whose response was lost.
 *
 * @param refused why the storage took no part of it; thrown unless the server has it begin anew
 * @throws UploadError `upload-not-found` when it was not, or the server cannot tell: then it begins anew.
 */
export async function completeMissingUpload(
	upload: UploadContext,
	{ algorithm, unconfirmed }: PartsPlan,
	parts: readonly Part[],
	refused?: UploadError,
): Promise<CompleteReply> {
	const checksum = combineParts(algorithm, parts);
	const reply = await complete(upload, { checksum }).catch((error) => {
		if (refused && !(error instanceof UploadError && error.restart)) throw refused;
		const isOther = unconfirmed && hasCode(error, "checksum-mismatch");
		throw isOther || hasCode(error, "already-exists", "conflict", "token-expired")
			? beginAgain(error)
			: error;
	});
	if (unconfirmed && (!checksum || reply.checksum?.value !== checksum.value)) throw beginAgain();
	return reply;
}

const beginAgain = (cause?: unknown): UploadError =>
	new UploadError("upload-not-found", "Begin the upload again.", { cause });
