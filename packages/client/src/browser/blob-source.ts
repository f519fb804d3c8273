import { wrap } from "../errors.js";
import { bytesToCopy, isBlobLike, isOpenable } from "../inputs.js";
import type { ByteStream, UploadBody, UploadSource } from "../platform.js";
import { readChunks } from "./read-chunks.js";

/** A piece that XHR can send without its bytes being read here. */
export interface BlobBody extends UploadBody {
	readonly blob: Blob;
}

export function isBlobBody(body: UploadBody): body is BlobBody {
	return "blob" in body && body.blob instanceof Blob;
}

/** Makes a source of what callers in browsers pass. Bytes in memory are copied before it returns. */
export async function openSource(file: unknown): Promise<UploadSource | ByteStream> {
	if (isBlobLike(file)) {
		// the clone of another realm's is of this one, and that of a polyfill is no Blob
		const blob = file instanceof Blob ? file : structuredClone(file);
		if (blob instanceof Blob) return fromBlob(blob);
	}
	const bytes = bytesToCopy(file);
	if (bytes) {
		const { buffer } = bytes;
		// no Blob takes memory that is shared or can be resized; WebKit would store it as text
		const fits = buffer instanceof ArrayBuffer && !buffer.resizable;
		return fromBytes(fits ? (bytes as Uint8Array<ArrayBuffer>) : bytes.slice());
	}
	if (isOpenable(file)) return await file.open();
	throw new TypeError(
		"The file must be a File, a Blob, an ArrayBuffer or a view of one, or a stream.",
	);
}

/** A Blob takes a copy. */
export const fromBytes = (bytes: Uint8Array<ArrayBuffer>): UploadSource =>
	fromBlob(new Blob([bytes]));

const fromBlob = (file: Blob & Partial<File>): UploadSource => ({
	size: file.size,
	// a Blob that is no File has no name
	identity: file,
	type: file.type || undefined,
	// a slice has no type, which XHR would send as an unsigned header
	slice: (start, end) => createBody(file.slice(start, end)),
	close: async () => {},
});

const createBody = (blob: Blob): BlobBody => ({
	blob,
	size: blob.size,
	async *chunks() {
		try {
			yield* readChunks(blob);
		} catch (cause) {
			throwFileChanged(cause);
		}
	},
});

/** A file that changed after it was chosen cannot be read any more, in any browser. */
export function throwFileChanged(cause: unknown): never {
	throw wrap(cause, "file-changed", "The file was changed or removed: choose it again.");
}
