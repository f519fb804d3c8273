import { UploadError, wrap } from "../errors.js";
import { bytesToCopy, isBlobLike, isOpenable } from "../inputs.js";
import type { ByteStream, UploadBody, UploadSource } from "../platform.js";
import { readChunks } from "./read-chunks.js";

/** A piece that XMLHttpRequest sends without reading its bytes into memory. */
export interface BlobBody extends UploadBody {
	readonly blob: Blob;
}

export function isBlobBody(body: UploadBody): body is BlobBody {
	return "blob" in body && body.blob instanceof Blob;
}

/** Makes a source of what callers in browsers pass. Bytes in memory are copied before it returns. */
export async function openSource(file: unknown): Promise<UploadSource | ByteStream> {
	if (isBlobLike(file)) {
		// a Blob of another realm is cloned into this one; the clone of a polyfill's Blob is a plain object
		const blob = file instanceof Blob ? file : structuredClone(file);
		if (blob instanceof Blob) {
			await refuseFolder(blob);
			return fromBlob(blob);
		}
	}
	const bytes = bytesToCopy(file);
	if (bytes) {
		const { buffer } = bytes;
		// the Blob constructor refuses shared and resizable buffers; WebKit stores them as text
		const fits = buffer instanceof ArrayBuffer && !buffer.resizable;
		return fromBytes(fits ? (bytes as Uint8Array<ArrayBuffer>) : bytes.slice());
	}
	if (isOpenable(file)) return await file.open();
	throw new TypeError(
		"The file must be a File, a Blob, an ArrayBuffer or a view of one, or a stream.",
	);
}

/** A dropped folder looks like a file without a type, which cannot be read. */
async function refuseFolder(blob: Blob & Partial<File>): Promise<void> {
	// directories of all file systems have sizes like these
	if (blob.name === undefined || blob.type !== "" || blob.size % 32 !== 0) return;
	await blob
		.slice(0, 1)
		.arrayBuffer()
		.catch((cause) => {
			const message = `"${blob.name}" cannot be read. If it is a folder, upload its files (\`uploadFiles\`); else choose it again.`;
			throw new UploadError("invalid-request", message, { cause });
		});
}

/** Copies the bytes into a Blob. */
export const fromBytes = (bytes: Uint8Array<ArrayBuffer>): UploadSource =>
	fromBlob(new Blob([bytes]));

const fromBlob = (file: Blob & Partial<File>): UploadSource => ({
	size: file.size,
	// only a File has a name
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

/** Browsers refuse to read a file that has changed since it was chosen. */
export function throwFileChanged(cause: unknown): never {
	throw wrap(cause, "file-changed", "The file was changed or removed: choose it again.");
}
