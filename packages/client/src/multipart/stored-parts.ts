import { type StoredPart, sizeOfPart } from "#protocol";
import type { UploadContext } from "../upload/context.js";
import type { KnownPart } from "./part.js";
import type { UploadRecord } from "./record.js";

/** Lists the parts that the storage holds of an upload, all pages, by number. */
export async function listParts({
	api,
	signal,
}: UploadContext): Promise<ReadonlyMap<number, StoredPart>> {
	const listed = new Map<number, StoredPart>();
	let after = 0;
	for (;;) {
		const page = await api.call("list", { after: after || undefined }, signal, "parts");
		for (const part of page.parts) listed.set(part.partNumber, part);
		const { next } = page;
		// stop when a page does not advance, else the loop never ends; missing parts are sent again
		if (next === undefined || next <= after) return listed;
		after = next;
	}
}

/**
 * Lists the parts that an earlier run stored. A part of another size or digest than it was sent with counts as
 * missing, as does one without a digest to compare with a file that may have changed.
 */
export async function listStoredParts(
	upload: UploadContext,
	{ partSize, algorithm, digests, exact }: UploadRecord,
	size: number,
): Promise<ReadonlyMap<number, KnownPart>> {
	const stored = new Map<number, KnownPart>();
	for (const [partNumber, { size: bytes, receipt, checksum }] of await listParts(upload)) {
		const sent = digests[partNumber - 1];
		const listed = checksum?.algorithm === algorithm ? checksum?.value : undefined;
		const differs = listed && sent && listed !== sent;
		const comparable = exact || sent || listed;
		if (bytes === sizeOfPart(partNumber, size, partSize) && !differs && comparable) {
			// a digest of the received bytes says nothing about the file, unless the file is read again
			stored.set(partNumber, { receipt, digest: sent ?? undefined, listed });
		}
	}
	return stored;
}
