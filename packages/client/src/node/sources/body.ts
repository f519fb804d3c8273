import type { UploadBody } from "../../platform.js";

/** Bytes to read at once by default: the most that stays in the processor's cache. */
export const defaultChunkSize: number = 256 * 1024;

/** A body of this runtime, read by position so that no byte is copied on its way to the socket. */
export interface NodeBody extends UploadBody {
	/**
	 * Opens the bytes for reading.
	 *
	 * @throws UploadError `file-changed` when they are no longer there; the system's error.
	 */
	open(): Promise<BodyReader>;
}

export interface BodyReader {
	/**
	 * Reads exactly `length` bytes, into `buffer` or memory of the source's own.
	 *
	 * @param position counted from the start of the body
	 * @param length not beyond the end of the body
	 * @param buffer the caller's, at least `length` bytes; untouched once the promise has settled
	 * @throws UploadError `file-changed` when the bytes are no longer there.
	 */
	read(position: number, length: number, buffer: Uint8Array): Promise<Uint8Array>;
	/** Call it once, while no read is pending. */
	close(): void;
}

/** Creates a body from its one essential operation. */
export function createBody(size: number, open: NodeBody["open"]): NodeBody {
	return {
		size,
		open,
		async *chunks() {
			const buffer = Buffer.allocUnsafeSlow(Math.min(size, defaultChunkSize));
			const reader = await open();
			try {
				for (let position = 0; position < size; position += defaultChunkSize) {
					yield await reader.read(position, Math.min(defaultChunkSize, size - position), buffer);
				}
			} finally {
				reader.close();
			}
		},
	};
}

/** Creates a body that can be read without opening a file. */
export const createOpenBody = (size: number, read: BodyReader["read"]): NodeBody =>
	createBody(size, async () => ({ read, close() {} }));

/** Whether this runtime created the body. */
export function isNodeBody(body: UploadBody): body is NodeBody {
	return "open" in body && typeof body.open === "function";
}
