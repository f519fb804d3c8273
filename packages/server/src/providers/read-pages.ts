import { UploadError } from "../errors.js";

/** One page of a list. `next` is where the next page begins, in the storage's own terms; undefined after the last page. */
export interface ListPage<Entry, Marker> {
	readonly entries: readonly Entry[];
	readonly next: Marker | undefined;
}

/**
 * Reads a list page by page.
 *
 * @param read - Reads the page at a marker; undefined for the first one.
 * @returns The entries of all pages.
 * @throws UploadError `storage-error` where the next page is the same one again: the list would never end.
 */
export async function* readPages<Entry, Marker>(
	read: (marker: Marker | undefined) => Promise<ListPage<Entry, Marker>>,
): AsyncGenerator<Entry> {
	let marker: Marker | undefined;
	do {
		const { entries, next }: ListPage<Entry, Marker> = await read(marker);
		yield* entries;
		if (next !== undefined && JSON.stringify(next) === JSON.stringify(marker)) throw stuck();
		marker = next;
	} while (marker !== undefined);
}

/**
 * Where the next page begins.
 *
 * @param isTruncated - Whether the storage says that there are more.
 * @param marker - What it names, which is empty or undefined after the last page.
 * @throws UploadError `storage-error` where there are more, and nothing says where.
 */
export function nextMarker(isTruncated: boolean, marker: string | undefined): string | undefined {
	if (isTruncated && !marker) throw stuck();
	return marker || undefined;
}

function stuck(): UploadError {
	return new UploadError(
		"storage-error",
		"The storage's list does not advance: it says that there are more entries, and not where they begin. Check that the endpoint is that of the storage, and that the service lists as AWS does.",
	);
}
