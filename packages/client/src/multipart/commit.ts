import type { CompleteReply } from "#protocol";
import { combineParts } from "../digests/combine-crc.js";
import { hasCode, UploadError } from "../errors.js";
import { complete, type UploadContext } from "../upload/context.js";
import type { Part, PartsPlan } from "./part.js";

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
			"After another write to its key the storage refuses this upload for good: start it again.",
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
