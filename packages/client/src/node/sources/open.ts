import { isAnyArrayBuffer } from "node:util/types";
import { UploadError } from "../../errors.js";
import type { OpenableSource, UploadSource } from "../../platform.js";
import { createOpenBody } from "./body.js";

/**
 * Makes a source of what `uploadFile` was called with.
 *
 * @throws TypeError for a value of any other type, naming the types that are accepted.
 */
export async function openSource(file: unknown): Promise<UploadSource> {
	if (file instanceof Blob) return blobSource(file);
	if (ArrayBuffer.isView(file) || isAnyArrayBuffer(file)) return bytesSource(file);
	if (isOpenable(file)) return file.open();
	if (typeof file === "string") {
		throw new TypeError(
			'A string is not a file. Wrap a path in fromPath() of "@skyput/client/node", or text in a Blob.',
		);
	}
	throw new TypeError(
		'The file must be a File, a Blob, an ArrayBuffer, a typed array, a stream, or what fromPath() of "@skyput/client/node" returns.',
	);
}

function isOpenable(file: unknown): file is OpenableSource {
	return (
		typeof file === "object" && file !== null && "open" in file && typeof file.open === "function"
	);
}

/** Reads memory that the caller owns; nothing is copied. */
export function bytesSource(input: ArrayBufferLike | ArrayBufferView): UploadSource {
	const bytes = ArrayBuffer.isView(input)
		? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
		: new Uint8Array(input, 0, input.byteLength);
	return {
		size: bytes.byteLength,
		slice: (start, end) =>
			createOpenBody(end - start, async (position, length) => {
				const from = start + position;
				if (from + length <= bytes.byteLength) return bytes.subarray(from, from + length);
				// a transferred or shrunk buffer has lost bytes
				throw new UploadError(
					"file-changed",
					"The buffer was transferred or resized during its upload. Upload a copy of it.",
				);
			}),
		close: async () => {},
	};
}

/**
 * Reads a Blob or File, `fs.openAsBlob` included. It is read by slices, because a Blob's stream comes in
 * small pieces that cost several times the processor time.
 */
function blobSource(blob: Blob & Partial<File>): UploadSource {
	return {
		size: blob.size,
		...(blob.type ? { type: blob.type } : {}),
		// a plain Blob has no name
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
		// NotReadableError: size or mtime of the file behind the Blob differ
		throw new UploadError(
			"file-changed",
			"The file behind the Blob changed or was removed during its upload. Start again once nothing writes to it.",
			{ cause },
		);
	}
}
