import { multipartThreshold } from "#protocol";
import { isObject, UploadError } from "./errors.js";
import type { OpenableSource } from "./platform.js";

/** The class name of a value; the same in every realm. */
export const tagOf = (file: unknown): string => Object.prototype.toString.call(file).slice(8, -1);

/**
 * The bytes of a buffer or of a view of one, not copied.
 *
 * @param file a buffer, shared or not, or a view, of any realm
 * @returns undefined for anything else
 * @throws UploadError `invalid-request` when its memory is gone.
 */
export function viewBytes(file: unknown): Uint8Array | undefined {
	const isView = ArrayBuffer.isView(file);
	if (!isView && !/^(Shared)?ArrayBuffer$/.test(tagOf(file))) return undefined;
	try {
		// a detached view reports zero bytes; only its methods throw
		if (isView && "keys" in file) (file as Uint8Array).keys();
		// the constructor refuses all other detached, resized or forged values
		const { buffer, byteOffset, byteLength } = isView ? file : new DataView(file as ArrayBuffer);
		return new Uint8Array(buffer, byteOffset, byteLength);
	} catch (cause) {
		throw new UploadError(
			"invalid-request",
			"The buffer has no bytes: it was transferred or resized. Upload a copy.",
			{ cause },
		);
	}
}

/**
 * The bytes of a buffer or view, to be copied now.
 *
 * @throws UploadError `invalid-request` when the buffer is detached or larger than 100 MB.
 */
export function bytesToCopy(file: unknown): Uint8Array | undefined {
	const bytes = viewBytes(file);
	if (bytes && bytes.length > multipartThreshold) {
		throw new UploadError(
			"invalid-request",
			`The buffer has ${bytes.length} bytes; at most ${multipartThreshold} are copied. Pass a Blob, File or path.`,
		);
	}
	return bytes;
}

/** Whether a value behaves as a Blob or File: one of another realm or a polyfill is no instance. */
export const isBlobLike = (file: unknown): file is Blob & Partial<File> =>
	isObject(file) && "arrayBuffer" in file && "slice" in file && "size" in file;

/** Whether a value is an {@link OpenableSource}; `window` and `indexedDB` have an `open` too. */
export const isOpenable = (file: unknown): file is OpenableSource =>
	isObject(file) && tagOf(file) === "Object" && "open" in file && typeof file.open === "function";
