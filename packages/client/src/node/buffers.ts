/** Lends buffers of one size. */
export interface BufferPool {
	take(): Uint8Array;
	/** Only once nothing reads from or writes to the buffer any more. */
	give(buffer: Uint8Array): void;
}

/**
 * A pool that keeps every buffer it gets back, so it holds as many as were ever lent at once. The
 * last one back is the first one lent, since its bytes are the likeliest to be in the cache. What was never
 * filled of a buffer takes no memory.
 *
 * @param size of each, in bytes
 */
export function createBufferPool(size: number): BufferPool {
	const free: Uint8Array[] = [];
	return {
		take: () => free.pop() ?? Buffer.allocUnsafeSlow(size),
		give: (buffer) => void free.push(buffer),
	};
}
