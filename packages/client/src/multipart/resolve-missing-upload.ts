import type { CompleteReply } from "#protocol";
import { combineParts } from "../digests/combine-crc.js";
import { hasCode, UploadError } from "../errors.js";
import { complete, type UploadContext } from "../upload/context.js";
import type { Part, PartsPlan } from "./part.js";

/**
 * Ends an upload that the storage no longer has: the server checks whether it was completed, by an earlier run
 * or by a call whose response was lost.
 *
 * @param refused why the storage refused its parts; thrown unless the server asks for a restart
 * @throws UploadError `upload-not-found` when it was not, or the server can't tell: the upload then restarts.
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
	new UploadError("upload-not-found", "The upload no longer exists. Start it again.", { cause });
