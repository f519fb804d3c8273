import { isObject, UploadError } from "../../errors.js";
import { bytesToCopy, isBlobLike, isOpenable, tagOf } from "../../inputs.js";
import type { ByteStream, UploadSource } from "../../platform.js";
import { createOpenBody } from "./body.js";

/**
 * Makes a source of what `uploadFile` was called with. Bytes in memory are copied before it returns.
 *
 * @throws TypeError for a value of any other type, naming the types that are accepted.
 */
export async function openSource(file: unknown): Promise<UploadSource | ByteStream> {
	if (isBlobLike(file)) return blobSource(file);
	const bytes = bytesToCopy(file);
	if (bytes) return bytesSource(bytes.slice());
	if (isOpenable(file)) return file.open();
	if (typeof file === "string") {
		throw new TypeError(
			'A string is not a file. Wrap a path in fromPath() of "@skyput/client/node", or text in a Blob.',
		);
	}
	throw new TypeError(
		`The file must be a File, a Blob, an ArrayBuffer, a typed array, a stream, or what fromPath() of "@skyput/client/node" returns, not a value of type ${nameOf(file)}.`,
	);
}

/** The class name of a value, also of one that is not the platform's. */
const nameOf = (file: unknown): string => (isObject(file) && file.constructor?.name) || tagOf(file);

/** Makes a source of bytes that stay as they are. */
export const bytesSource = (bytes: Uint8Array): UploadSource => ({
	size: bytes.length,
	slice: (start, end) =>
		createOpenBody(end - start, async (position, length) =>
			bytes.subarray(start + position, start + position + length),
		),
	close: async () => {},
});

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
				return await readSlice(blob.slice(from, from + length), length);
			}),
		close: async () => {},
	};
}

async function readSlice(slice: Blob, length: number): Promise<Uint8Array> {
	try {
		const bytes = new Uint8Array(await slice.arrayBuffer());
		if (bytes.length === length) return bytes;
		throw new RangeError(`${bytes.length} bytes were read where ${length} were expected`);
	} catch (cause) {
		// NotReadableError: size or mtime of the file behind the Blob differ
		throw new UploadError(
			"file-changed",
			"The file behind the Blob changed or was removed during its upload. Start again once nothing writes to it.",
			{ cause },
		);
	}
}
