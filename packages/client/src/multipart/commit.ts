import type { CompleteReply } from "#protocol";
import { combineParts, isCombinable } from "../digests/combine-crc.js";
import { hasCode, UploadError } from "../errors.js";
import { complete, type UploadContext } from "../upload/context.js";
import type { Part, PartsPlan } from "./part.js";
import { listParts } from "./stored-parts.js";

/** Bytes of all these parts. */
export const sizeOf = (parts: Iterable<Part>): number => {
	let sum = 0;
	for (const { size } of parts) sum += size;
	return sum;
};

/**
 * Has the server join the parts.
 *
 * @throws UploadError `upload-not-found` when the storage refuses the upload for good.
 */
export async function commit(
	upload: UploadContext,
	plan: PartsPlan,
	parts: readonly Part[],
): Promise<CompleteReply> {
	return await commitOnce(upload, plan, parts).catch(async (error) => {
		const isUnnamed = hasCode(error, "invalid-parts") && !error.errors && !error.restart;
		if (!isUnnamed || !(await adoptReceipts(upload, plan, parts))) throw error;
		return await commitOnce(upload, plan, parts);
	});
}

/**
 * Takes over the receipts that the storage lists: of parts that were sent more than once it may hold another
 * request's than the one whose response came, with a receipt of its own for the same bytes.
 *
 * @returns whether those were all that the storage lists otherwise
 */
async function adoptReceipts(
	upload: UploadContext,
	{ algorithm }: PartsPlan,
	parts: readonly Part[],
): Promise<boolean> {
	const listed = await listParts(upload);
	const differing = parts.filter((part) => listed.get(part.partNumber)?.receipt !== part.receipt);
	for (const part of differing) {
		const stored = listed.get(part.partNumber);
		// a proxy may drop the quotes
		if (stored?.receipt === `"${part.receipt}"`) {
			part.receipt = stored.receipt;
			continue;
		}
		// without a digest of the part, that of the whole object is verified at the commit
		const { algorithm: by, value } = stored?.checksum ?? {};
		const isSame =
			by && by === algorithm ? value === part.digest : isCombinable(algorithm ?? "md5");
		if (!part.repeated || stored?.size !== part.size || !isSame) return false;
		part.receipt = stored.receipt;
	}
	return differing.length > 0;
}

async function commitOnce(
	upload: UploadContext,
	{ size, algorithm }: PartsPlan,
	parts: readonly Part[],
): Promise<CompleteReply> {
	const request = {
		size: size === null ? sizeOf(parts) : undefined,
		checksum: combineParts(algorithm, parts),
		receipts: await digestReceipts(parts),
	};
	return await complete(upload, request).catch(async (error) => {
		// the conflict that a gateway answers, without a request id, says nothing of the storage
		if (!hasCode(error, "conflict") || error.retryable || !error.requestId) throw error;
		// the parts of an upload that can never be committed cost money
		await upload.api.abort(upload.signal).catch(() => {});
		const { status, requestId } = error;
		throw new UploadError(
			"upload-not-found",
			"The storage refuses this upload after another write to its key: start it again.",
			{ status, requestId, cause: error },
		);
	});
}

/** Undefined unless all receipts are known; pages over plain http compute no digest. */
async function digestReceipts(parts: readonly Part[]): Promise<string | undefined> {
	if (!crypto.subtle || !parts.every(({ receipt }) => receipt)) return undefined;
	const lines = parts.map(({ partNumber, receipt }) => `${partNumber}:${receipt}\n`).join("");
	const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(lines));
	return btoa(String.fromCharCode(...new Uint8Array(digest)));
}
