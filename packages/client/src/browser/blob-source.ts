import { isObject, wrap } from "../errors.js";
import type { OpenableSource, UploadBody, UploadSource } from "../platform.js";
import { readChunks } from "./read-chunks.js";

/** A piece that XHR can send without its bytes being read here. */
export interface BlobBody extends UploadBody {
	readonly blob: Blob;
}

export function isBlobBody(body: UploadBody): body is BlobBody {
	return "blob" in body && body.blob instanceof Blob;
}

/** Makes a source of what callers in browsers pass. */
export async function openSource(file: unknown): Promise<UploadSource> {
	if (file instanceof Blob) return fromBlob(file);
	if (file instanceof ArrayBuffer || isView(file)) return fromBytes(file);
	if (isOpenable(file)) return await file.open();
	throw new TypeError(
		"The file must be a File, a Blob, an ArrayBuffer or a view of one, or a stream.",
	);
}

const isView = (file: unknown): file is ArrayBufferView<ArrayBuffer> => ArrayBuffer.isView(file);

const isOpenable = (file: unknown): file is OpenableSource =>
	isObject(file) && "open" in file && typeof file.open === "function";

/** A Blob takes a copy. */
export const fromBytes = (bytes: BlobPart): UploadSource => fromBlob(new Blob([bytes]));

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
