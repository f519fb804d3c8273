import { UploadError, wrap } from "../errors.js";
import { bytesToCopy, isBlobLike, isOpenable, tagOf } from "../inputs.js";
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
		await refuseFolder(file);
		return fromBlob(await toBlob(file), file);
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
		`The file must be a File, Blob, ArrayBuffer, typed array or stream, not ${tagOf(file)}.`,
	);
}

/** The most bytes of a polyfill's Blob that are copied at once. */
const copySize = 2 ** 24;

/** A Blob of another realm is cloned into this one, which reads nothing; the bytes of a polyfill's are copied. */
async function toBlob(file: Pick<Blob, "size" | "slice">): Promise<Blob> {
	if (file instanceof Blob) return file;
	try {
		const clone: unknown = structuredClone(file);
		if (clone instanceof Blob) return clone;
	} catch {}
	const pieces: Blob[] = [];
	for (let start = 0; start < file.size; start += copySize) {
		pieces.push(new Blob([await file.slice(start, start + copySize).arrayBuffer()]));
	}
	return new Blob(pieces);
}

/** A dropped folder looks like a file without a type, or without bytes, which cannot be read. */
async function refuseFolder(blob: Blob & Partial<File>): Promise<void> {
	const { name, size, type } = blob;
	// directories of all file systems have sizes like these, and with 100,000 files no more bytes
	if (!name || (type ? size : size % 32 || size > 1e7)) return;
	// WebKit tells 0 bytes, and reads an empty slice without an error
	await (size ? blob.slice(0, 1) : blob).arrayBuffer().catch((cause) => {
		const message = `"${name}" cannot be read. If it is a folder, upload its files (\`uploadFiles\`); else it was changed or removed: choose it again.`;
		throw new UploadError("invalid-request", message, { cause });
	});
}

/** Copies the bytes into a Blob. */
export const fromBytes = (bytes: Uint8Array<ArrayBuffer>): UploadSource =>
	fromBlob(new Blob([bytes]));

/** @param file what `blob` was made of */
const fromBlob = (blob: Blob, file: Blob & Partial<File> = blob): UploadSource => ({
	size: blob.size,
	// only a File has a name
	identity: file,
	type: file.type || undefined,
	// a slice has no type, which XHR would send as an unsigned header
	slice: (start, end) => createBody(blob.slice(start, end)),
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
