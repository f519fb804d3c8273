import { type StoredPart, sizeOfPart } from "#protocol";
import type { UploadContext } from "../upload/context.js";
import type { KnownPart } from "./part.js";
import type { UploadRecord } from "./record.js";

/**
 * Lists what the storage holds of an upload, all pages, and renews the upload's token where the server
 * does. A part of another size or digest than it was sent with is as good as none.
 */
export async function listStoredParts(
	upload: UploadContext,
	{ partSize, digests }: UploadRecord,
	size: number,
): Promise<ReadonlyMap<number, KnownPart>> {
	const { api, signal } = upload;
	const stored = new Map<number, KnownPart>();
	const take = ({ partNumber, size: bytes, receipt, checksum }: StoredPart): void => {
		const sent = digests[partNumber - 1];
		const listed = checksum?.algorithm === "crc32" ? checksum.value : undefined;
		const differs = listed && sent && listed !== sent;
		if (bytes === sizeOfPart(partNumber, size, partSize) && !differs) {
			// the storage's own word is of what it got, which proves nothing of the file
			stored.set(partNumber, { receipt, digest: sent ?? undefined });
		}
	};
	let after = 0;
	for (;;) {
		const { token } = upload;
		const page = await api.list(after ? { token, after } : { token }, signal);
		upload.token = page.token ?? token;
		page.parts.forEach(take);
		const { next } = page;
		// pages that do not advance would never end; what they lack is sent again
		if (next === undefined || next <= after) return stored;
		after = next;
	}
}
