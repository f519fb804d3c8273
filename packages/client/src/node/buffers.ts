import { largestChunk } from "./sources/body.js";

/** Lends buffers of {@link largestChunk} bytes. */
export interface BufferPool {
	take(): Uint8Array;
	/** Only once nothing reads from or writes to the buffer any more. */
	give(buffer: Uint8Array): void;
}

/**
 * A pool that keeps every buffer it gets back, so it holds as many as were ever lent at once. The
 * last one back is the first one lent, since its bytes are the likeliest to be in the cache.
 */
export function createBufferPool(): BufferPool {
	const free: Uint8Array[] = [];
	return {
		take: () => free.pop() ?? Buffer.allocUnsafeSlow(largestChunk),
		give: (buffer) => void free.push(buffer),
	};
}
