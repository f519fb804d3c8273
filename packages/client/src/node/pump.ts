import type { Writable } from "node:stream";
import type { Hasher } from "../platform.js";
import type { BufferPool } from "./buffers.js";
import { largestChunk, type NodeBody } from "./sources/body.js";

export interface PumpOptions {
	readonly pool: BufferPool;
	/** Buffers that may be filled, hashed or written at once. */
	readonly chunksInFlight: number;
	readonly hash?: Hasher | undefined;
	/** Bytes that the kernel has taken so far; told after every write. */
	readonly onWritten: (bytes: number) => void;
	/** Once aborted, the pump reads and writes no more, and ends. */
	readonly over: AbortSignal;
}

/**
 * Writes the whole body and ends the request. Every byte passes through one buffer only, from the
 * source through the hash to the kernel; a buffer goes back to the pool when its write is done.
 *
 * Resolves with true once the kernel has taken the last byte, with false when it was over before;
 * rejects with the source's error.
 */
export async function pump(
	request: Writable,
	body: NodeBody,
	{ pool, chunksInFlight, hash, onWritten, over }: PumpOptions,
): Promise<boolean> {
	let inFlight = 0;
	let written = 0;
	let broken = false;
	let wake = () => {};
	const oneWritten = () => new Promise<void>((resolve) => (wake = resolve));
	const isOver = () => broken || over.aborted;
	// a request that was destroyed does not tell of every write
	over.addEventListener("abort", () => wake());

	const reader = await body.open();
	try {
		for (let position = 0; position < body.size; ) {
			while (inFlight === chunksInFlight && !isOver()) await oneWritten();
			if (isOver()) return false;
			const length = Math.min(largestChunk, body.size - position);
			const buffer = pool.take();
			let chunk: Uint8Array;
			try {
				chunk = await reader.read(position, length, buffer);
			} catch (error) {
				pool.give(buffer);
				throw error;
			}
			if (isOver()) {
				pool.give(buffer);
				return false;
			}
			hash?.update(chunk);
			inFlight++;
			position += length;
			request.write(chunk, (error) => {
				pool.give(buffer);
				inFlight--;
				if (error) broken = true;
				else {
					written += length;
					onWritten(written);
				}
				wake();
			});
		}
	} finally {
		reader.close();
	}
	request.end();
	while (inFlight > 0 && !isOver()) await oneWritten();
	return !isOver();
}
