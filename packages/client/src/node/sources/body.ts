import type { UploadBody } from "../../platform.js";

/**
 * Bytes of the largest chunk that is read, hashed and written at once. A quarter of a MiB stays in
 * the processor's cache from the read to the write: with 1 MiB the same bytes cost half as much again.
 */
export const largestChunk: number = 256 * 1024;

/** A body of this runtime: read by position, so that no byte is copied on its way to the socket. */
export interface NodeBody extends UploadBody {
	/**
	 * Exactly `length` bytes from `position` on, in `scratch` or in memory of the source's own.
	 *
	 * @param position counted from the start of this body.
	 * @param length at most {@link largestChunk}, and never beyond the end of the body.
	 * @param scratch at least `length` bytes, the caller's; untouched once the promise has settled.
	 * @throws UploadError `file-changed` where the bytes are no longer there.
	 */
	read(position: number, length: number, scratch: Uint8Array): Promise<Uint8Array>;
}

/** Makes a body of its one essential operation. */
export function createBody(size: number, read: NodeBody["read"]): NodeBody {
	return {
		size,
		read,
		async *chunks() {
			const scratch = Buffer.allocUnsafeSlow(Math.min(size, largestChunk));
			for (let position = 0; position < size; position += largestChunk) {
				yield await read(position, Math.min(largestChunk, size - position), scratch);
			}
		},
	};
}

/** Whether this runtime made the body. */
export function isNodeBody(body: UploadBody): body is NodeBody {
	return "read" in body && typeof body.read === "function";
}
