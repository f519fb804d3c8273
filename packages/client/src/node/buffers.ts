import { usualChunk } from "./sources/body.js";

/** Lends buffers of {@link usualChunk} and {@link largeBuffer} bytes. */
export interface BufferPool {
	/** @param large whether a large one is wanted; it is a usual one all the same when enough are lent */
	take(large: boolean): Uint8Array;
	/** Only once nothing reads from or writes to the buffer any more. */
	give(buffer: Uint8Array): void;
}

/** Bytes. */
export const largeBuffer: number = 2 * 1024 * 1024;

/** Large buffers that are lent at once: one for each of the bodies that an upload begins with. */
const mostLarge = 4;

/**
 * A pool that keeps every buffer it gets back, so it holds as many as were ever lent at once. The
 * last one back is the first one lent, since its bytes are the likeliest to be in the cache.
 */
export function createBufferPool(): BufferPool {
	const usual: Uint8Array[] = [];
	const large: Uint8Array[] = [];
	let largeLent = 0;
	return {
		take(wantsLarge) {
			if (!wantsLarge || largeLent === mostLarge) {
				return usual.pop() ?? Buffer.allocUnsafeSlow(usualChunk);
			}
			largeLent++;
			return large.pop() ?? Buffer.allocUnsafeSlow(largeBuffer);
		},
		give(buffer) {
			if (buffer.byteLength === usualChunk) return void usual.push(buffer);
			largeLent--;
			large.push(buffer);
		},
	};
}
