import { UploadError } from "../../errors.js";
import type { UploadSource } from "../../platform.js";
import { createOpenBody } from "./body.js";

/**
 * A source over a Blob or File, `fs.openAsBlob` included. It is read by slices, because a Blob's
 * stream comes in small pieces that cost several times the processor time.
 */
export function blobSource(blob: Blob & Partial<File>): UploadSource {
	return {
		size: blob.size,
		...(blob.type ? { type: blob.type } : {}),
		// a mere Blob has no name
		identity: blob,
		slice: (start, end) =>
			createOpenBody(end - start, async (position, length) => {
				const from = start + position;
				return new Uint8Array(await readSlice(blob.slice(from, from + length)));
			}),
		close: async () => {},
	};
}

async function readSlice(slice: Blob): Promise<ArrayBuffer> {
	try {
		return await slice.arrayBuffer();
	} catch (cause) {
		// a Blob made of a file says NotReadableError as soon as size or mtime of the file differ
		throw new UploadError(
			"file-changed",
			"The file behind the Blob changed or went away during its upload. Start again once nothing writes to it.",
			{ cause },
		);
	}
}
