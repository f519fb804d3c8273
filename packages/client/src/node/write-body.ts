import type { ClientRequest } from "node:http";
import type { Socket } from "node:net";
import type { Hasher, Pacer } from "../platform.js";
import { largeChunkSize, type SenderState } from "./sender-state.js";
import { defaultChunkSize, type NodeBody } from "./sources/body.js";

/**
 * Bytes per millisecond of one body above which the line is fast. On a slower line, large chunks save nothing
 * and make progress coarse.
 */
const fastLine = 16 * 1024;

/** Socket send buffer (tcp_wmem of Linux): bytes taken by the kernel before throughput can be measured. */
const maxSendBuffer = 4 * 1024 * 1024;

/** Writes of one body that may be pending while the next chunk is read. */
const maxPendingWrites = 2;

export interface WriteOptions {
	readonly sender: SenderState;
	/** Stops reading and writing. */
	readonly signal: AbortSignal;
	/** Waits before each chunk is read. */
	readonly pace?: Pacer | undefined;
	/** Is updated with every chunk before it is written. */
	readonly hash?: Hasher | undefined;
	/** Is called after every write with the bytes that the kernel has taken so far. */
	readonly onWritten: (bytes: number) => void;
}

/**
 * Writes the body and ends the request. A byte passes through one buffer only: from the source through the
 * hash to the kernel. Chunks go to the socket, since the request would cork it for each of them.
 *
 * @param request whose headers are sent already
 * @returns true once the kernel has taken the last byte; false when a write failed or the signal was aborted.
 * @throws the error of the source.
 */
export async function writeBody(
	request: ClientRequest,
	socket: Socket,
	body: NodeBody,
	{ sender, signal, pace, hash, onWritten }: WriteOptions,
): Promise<boolean> {
	const queue = createWriteQueue(socket, signal);
	const maxChunk = pace ? defaultChunkSize : maxChunkSize(request, hash);
	const reader = await body.open();
	const startedAt = performance.now();
	let { isFastLine } = sender;
	let written = 0;
	sender.bodies++;
	try {
		for (let position = 0; position < body.size; ) {
			// with several bodies, one reads while another writes: more large chunks would only use memory
			const readsAhead = sender.bodies === 1 || maxChunk === defaultChunkSize;
			await queue.waitForWrites(readsAhead ? maxPendingWrites : 0);
			if (queue.isStopped()) break;

			const most = Math.min(maxChunk, body.size - position);
			const paced = await pace?.(most, signal, () => onWritten(written));
			const buffer = sender.takeBuffer(isFastLine && maxChunk > defaultChunkSize);
			const length = Math.min(buffer.byteLength, paced ?? most);
			const chunk = await reader.read(position, length, buffer).catch((error: unknown) => {
				sender.giveBuffer(buffer);
				throw error;
			});
			if (queue.isStopped()) {
				sender.giveBuffer(buffer);
				break;
			}
			hash?.update(chunk);
			position += length;
			queue.write(chunk, () => {
				sender.giveBuffer(buffer);
				if (queue.isStopped()) return;
				written += length;
				if (written > maxSendBuffer) {
					isFastLine = written > fastLine * (performance.now() - startedAt);
					sender.isFastLine = isFastLine;
				}
				onWritten(written);
			});
		}
	} finally {
		sender.bodies--;
		reader.close();
	}
	if (!queue.isStopped()) request.end();
	await queue.waitForWrites(0);
	if (queue.isStopped()) sender.isFastLine = false;
	return !queue.isStopped();
}

interface WriteQueue {
	/** Whether a write failed or the signal is aborted. */
	isStopped(): boolean;
	/** @param onEnd is called when nothing uses the chunk anymore */
	write(chunk: Uint8Array, onEnd: () => void): void;
	/** Waits until at most so many writes are pending, or the queue has stopped. */
	waitForWrites(maxPending: number): Promise<void>;
}

function createWriteQueue(socket: Socket, signal: AbortSignal): WriteQueue {
	let pending = 0;
	let hasFailed = false;
	let wake = (): void => {};
	const isStopped = (): boolean => hasFailed || signal.aborted;
	signal.addEventListener("abort", () => wake(), { once: true });
	return {
		isStopped,
		write(chunk, onEnd) {
			pending++;
			socket.write(chunk, (error) => {
				pending--;
				if (error) hasFailed = true;
				onEnd();
				wake();
			});
		},
		async waitForWrites(maxPending) {
			while (pending > maxPending && !isStopped()) {
				await new Promise<void>((resolve) => {
					wake = resolve;
				});
			}
		},
	};
}

/**
 * The most bytes to read and write at once on a fast line. Each chunk costs time, mostly to wake the reading
 * thread. But bytes to hash or encrypt should still be in the cache, and encryption allocates memory per chunk.
 */
function maxChunkSize({ protocol }: ClientRequest, hash: Hasher | undefined): number {
	if (protocol === "https:") return defaultChunkSize;
	return hash ? 512 * 1024 : largeChunkSize;
}
