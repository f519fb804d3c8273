import type { UploadBody } from "../../platform.js";

/**
 * Bytes that are read at once where nothing is known of where they go: the most that stay in the
 * processor's cache.
 */
export const usualChunk: number = 256 * 1024;

/** A body of this runtime: read by position, so that no byte is copied on its way to the socket. */
export interface NodeBody extends UploadBody {
	/**
	 * Makes the bytes readable until the reader is closed.
	 *
	 * @throws UploadError `file-changed` where they are no longer there; the system's error.
	 */
	open(): Promise<BodyReader>;
}

export interface BodyReader {
	/**
	 * Exactly `length` bytes from `position` on, in `scratch` or in memory of the source's own; at once
	 * where a promise would be more work than the read.
	 *
	 * @param position counted from the start of the body.
	 * @param length never beyond the end of the body.
	 * @param scratch at least `length` bytes, the caller's; untouched once the promise has settled.
	 * @throws UploadError `file-changed` where the bytes are no longer there.
	 */
	read(position: number, length: number, scratch: Uint8Array): Uint8Array | Promise<Uint8Array>;
	/** To be called once, when no read is under way; none may follow. */
	close(): void;
}

/** Makes a body of its one essential operation. */
export function createBody(size: number, open: NodeBody["open"]): NodeBody {
	return {
		size,
		open,
		async *chunks() {
			const scratch = Buffer.allocUnsafeSlow(Math.min(size, usualChunk));
			const reader = await open();
			try {
				for (let position = 0; position < size; position += usualChunk) {
					yield await reader.read(position, Math.min(usualChunk, size - position), scratch);
				}
			} finally {
				reader.close();
			}
		},
	};
}

/** Makes a body of bytes that nothing has to be opened for. */
export const createOpenBody = (size: number, read: BodyReader["read"]): NodeBody =>
	createBody(size, async () => ({ read, close() {} }));

/** Whether this runtime made the body. */
export function isNodeBody(body: UploadBody): body is NodeBody {
	return "open" in body && typeof body.open === "function";
}
