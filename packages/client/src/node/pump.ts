import type { ClientRequest } from "node:http";
import type { Socket } from "node:net";
import type { Hasher } from "../platform.js";
import type { BufferPool } from "./buffers.js";
import { type BodyReader, type NodeBody, usualChunk } from "./sources/body.js";

/**
 * Bytes per millisecond of one body from which on its line is quick. On any other, large chunks would save
 * nothing, and would tell too seldom how far they are.
 */
const quickLine = 16 * 1024;

/** Bytes that a kernel may take before any has left, and that so tell nothing of the line (tcp_wmem of Linux). */
const longestQueue = 4 * 1024 * 1024;

/**
 * Buffers that a body may fill, hash or write at once where it is alone, or has none but usual chunks: two are
 * written while the next is read. Of several bodies, each has one.
 */
const chunksInFlight = 3;

/** What the bodies of one sender know of each other. */
export interface Pace {
	/** Bodies under way. */
	bodies: number;
	/** Whether the one that last found out was on a quick line: the next one starts from that. */
	quick: boolean;
}

export interface PumpOptions {
	readonly pool: BufferPool;
	/** Bytes to read and write at once on a quick line, at least the usual, at most those of a large buffer. */
	readonly largestChunk: number;
	readonly pace: Pace;
	readonly hash?: Hasher | undefined;
	/** Bytes that the kernel has taken so far; told after every write, until the pump is stopped. */
	readonly onWritten: (bytes: number) => void;
}

/** One body on its way into a request. */
export interface Pump {
	/**
	 * Resolves with true once the kernel has taken the last byte, with false when the pump was stopped or
	 * a write failed before; rejects with the source's error.
	 */
	readonly done: Promise<boolean>;
	/** Has it read and write no more. */
	stop(): void;
}

/**
 * Writes the whole body and ends the request. Every byte passes through one buffer only, from the
 * source through the hash to the kernel; a buffer goes back to the pool when its write is done.
 *
 * It goes on by callbacks that are made once for each chunk in flight, since a loop that awaits leaves
 * promises behind for every chunk, and it writes to the socket itself: the request would cork that for
 * every chunk. Together that is 7 MiB of the client's memory over TLS.
 *
 * @param request whose head is on its way already, with the length of the body
 * @param socket of the request
 */
export function pump(
	request: ClientRequest,
	socket: Socket,
	body: NodeBody,
	{ pool, largestChunk, pace, hash, onWritten }: PumpOptions,
): Pump {
	const { size } = body;
	const { promise: done, resolve, reject } = Promise.withResolvers<boolean>();
	let reader: BodyReader | undefined;
	let reading = false;
	let stopped = false;
	let { quick } = pace;
	let startedAt = 0;
	let position = 0;
	let written = 0;

	const close = (): void => {
		reader?.close();
		reader = undefined;
	};
	const fail = (error: unknown): void => {
		stopped = true;
		close();
		reject(error);
	};

	/** Fills one buffer and writes it, again and again. */
	const createSlot = (): ((from: BodyReader) => void) => {
		let buffer: Uint8Array;
		let length: number;
		const onWrite = (error?: Error | null): void => {
			pool.give(buffer);
			idle.push(fill);
			if (error) stopped = true;
			if (!stopped) {
				written += length;
				if (written > longestQueue) {
					pace.quick = quick = written > quickLine * (performance.now() - startedAt);
				}
				onWritten(written);
			}
			advance();
		};
		const onRead = (chunk: Uint8Array): void => {
			reading = false;
			if (stopped) {
				pool.give(buffer);
				close();
				resolve(false);
				return;
			}
			hash?.update(chunk);
			position += length;
			socket.write(chunk, onWrite);
			advance();
		};
		const onReadError = (error: unknown): void => {
			pool.give(buffer);
			fail(error);
		};
		const fill = (from: BodyReader): void => {
			buffer = pool.take(quick && largestChunk > usualChunk);
			length = Math.min(buffer.byteLength, largestChunk, size - position);
			reading = true;
			try {
				const chunk = from.read(position, length, buffer);
				if (chunk instanceof Promise) chunk.then(onRead).catch(onReadError);
				else onRead(chunk);
			} catch (error) {
				onReadError(error);
			}
		};
		return fill;
	};
	const idle = Array.from({ length: chunksInFlight }, createSlot);

	/** Does what can be done now; called whenever something has ended. */
	const advance = (): void => {
		if (reading) return;
		if (stopped) {
			close();
			resolve(false);
			return;
		}
		if (reader && position < size) {
			// of several bodies one reads while another writes: more large chunks would only be more memory
			const ahead = pace.bodies === 1 || largestChunk === usualChunk;
			if (ahead || idle.length === chunksInFlight) idle.pop()?.(reader);
			return;
		}
		if (reader) {
			close();
			request.end();
		}
		if (idle.length === chunksInFlight) resolve(true);
	};

	body.open().then((opened) => {
		reader = opened;
		startedAt = performance.now();
		advance();
	}, reject);
	return {
		done,
		stop() {
			stopped = true;
			advance();
		},
	};
}
