import { hasCode, type UploadError } from "../errors.js";
import { type PinnedObject, readRange } from "./read-range.js";

/** Receives the next bytes, which it must not change. A promise is awaited; `false` ends the reading. */
export type TakeChunk = (chunk: Uint8Array) => unknown;

/** Reads one version of an object. All steps share what is read. */
export interface ObjectReader {
	/** Bytes of the object. */
	readonly size: number;
	/**
	 * Reads a range of at most 4 MiB, which should not be more than a step needs.
	 *
	 * @param start - Offset of the first byte.
	 * @param end - Offset behind the last byte; cut at the end of the object.
	 * @returns The bytes, which the caller must not change.
	 */
	read(start: number, end: number): Promise<Uint8Array>;
	/**
	 * Reads the whole object once, for all steps that want it. It begins when every step has ended or called
	 * this, so read ranges before. The next chunk follows when all have taken the last one.
	 *
	 * @param take - Receives the chunks in order.
	 */
	readAll(take: TakeChunk): Promise<void>;
}

/** A reader of one step. */
export interface StepReader extends ObjectReader {
	/** The step has ended: the others need not wait for it. */
	leave(): void;
}

/** One version of an object, open for several steps. */
export interface OpenObject {
	/** Bytes that the storage was asked for so far. */
	readonly bytesRead: number;
	/** `conflict` or `not-found`, where this version can no longer be read. */
	readonly lost: UploadError | undefined;
	/** A reader for one more step; all are made before the first one reads. */
	join(): StepReader;
}

const blockSize = 64 * 1024;
/** Bytes that are kept; a small object is read only once. */
const maxCached = 16 * 1024 * 1024;
const maxRange = 4 * 1024 * 1024;
/** Bytes of an object that is read whole at the first touch. */
const smallSize = 1024 * 1024;

/**
 * Opens one version of an object. Ranges are read in blocks of 64 KiB, the last 16 MiB of which are kept.
 *
 * @param source - The object, pinned.
 */
export function openObject(source: PinnedObject): OpenObject {
	const { size } = source.object;
	const unit = size <= smallSize ? Math.max(size, 1) : blockSize;
	const blocks = new Map<number, Promise<Uint8Array>>();
	let bytesRead = 0;
	let lost: UploadError | undefined;

	async function* count(start: number, end: number): AsyncGenerator<Uint8Array> {
		try {
			for await (const chunk of readRange(source, start, end)) {
				bytesRead += chunk.length;
				yield chunk;
			}
		} catch (error) {
			if (hasCode(error, "conflict", "not-found")) lost = error;
			throw error;
		}
	}

	/** Requests blocks in one call and keeps them. Returns the first. */
	function load(first: number, last: number): Promise<Uint8Array> {
		const start = first * unit;
		const end = Math.min((last + 1) * unit, size);
		const loaded = collect(count(start, end), end - start);
		const parts = Array.from({ length: last - first + 1 }, (_, i) =>
			loaded.then((bytes) => bytes.subarray(i * unit, (i + 1) * unit)),
		);
		for (const [i, part] of parts.entries()) {
			// a failed block is requested again by the next read
			part.catch(() => blocks.delete(first + i));
			blocks.set(first + i, part);
		}
		// the oldest ones first: those of this call are fewer
		for (const block of blocks.keys()) {
			if (blocks.size * unit <= maxCached) break;
			blocks.delete(block);
		}
		return parts[0] ?? loaded;
	}

	/** The last of the blocks from `first` on that are not kept. */
	function missingUntil(first: number, last: number): number {
		let until = first;
		while (until < last && !blocks.has(until + 1)) until++;
		return until;
	}

	async function read(start: number, wanted: number): Promise<Uint8Array> {
		const end = Math.min(wanted, size);
		if (!(start >= 0) || end - start > maxRange) {
			throw new RangeError(
				`A read takes at most ${maxRange} bytes from 0 on, not ${start} to ${wanted}.`,
			);
		}
		if (start >= end) return new Uint8Array();
		const first = Math.floor(start / unit);
		const last = Math.floor((end - 1) / unit);
		const wantedParts: Promise<Uint8Array>[] = [];
		for (let block = first; block <= last; block++) {
			const kept = blocks.get(block) ?? load(block, missingUntil(block, last));
			wantedParts.push(kept);
		}
		const parts = await Promise.all(wantedParts);
		const bytes = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
		return bytes.subarray(start - first * unit, end - first * unit);
	}

	/** All bytes in order; what was read at both ends is not read again. */
	async function* readWhole(): AsyncGenerator<Uint8Array> {
		const total = Math.ceil(size / unit);
		let [head, tail] = [0, total];
		while (head < tail && blocks.has(head)) head++;
		while (tail > head && blocks.has(tail - 1)) tail--;
		const kept = [...blocks];
		const keptIn = (from: number, to: number) =>
			kept.filter(([block]) => block >= from && block < to).sort(([a], [b]) => a - b);
		for (const [, part] of keptIn(0, head)) yield part;
		if (head < tail) yield* count(head * unit, Math.min(tail * unit, size));
		for (const [, part] of keptIn(tail, total)) yield part;
	}

	const join = sharedPass(readWhole);
	return {
		get bytesRead() {
			return bytesRead;
		},
		get lost() {
			return lost;
		},
		join: () => ({ size, read, ...join() }),
	};
}

async function collect(chunks: AsyncIterable<Uint8Array>, length: number): Promise<Uint8Array> {
	const bytes = new Uint8Array(length);
	let position = 0;
	for await (const chunk of chunks) {
		bytes.set(chunk, position);
		position += chunk.length;
	}
	return bytes;
}

/** One who waits for the next pass, or takes part in it. */
interface Consumer {
	readonly take: TakeChunk;
	readonly resolve: () => void;
	readonly reject: (error: unknown) => void;
}

/** Makes readers whose `readAll` calls share one pass over the chunks. */
function sharedPass(
	chunks: () => AsyncIterable<Uint8Array>,
): () => Pick<StepReader, "readAll" | "leave"> {
	let present = 0;
	let waiting: Consumer[] = [];

	function begin(): void {
		if (waiting.length === 0 || waiting.length < present) return;
		const consumers = waiting;
		waiting = [];
		void pass(chunks(), consumers);
	}

	return () => {
		present += 1;
		let isPresent = true;
		return {
			readAll: (take) =>
				new Promise<void>((resolve, reject) => {
					waiting.push({ take, resolve, reject });
					begin();
				}),
			leave() {
				if (isPresent) present -= 1;
				isPresent = false;
				begin();
			},
		};
	};
}

async function pass(chunks: AsyncIterable<Uint8Array>, all: readonly Consumer[]): Promise<void> {
	const consumers = new Set(all);
	try {
		for await (const chunk of chunks) {
			await Promise.all([...consumers].map((consumer) => offer(consumer, chunk)));
			if (consumers.size === 0) return;
		}
		for (const { resolve } of consumers) resolve();
	} catch (error) {
		for (const { reject } of consumers) reject(error);
	}

	/** One consumer's error ends its own reading only. */
	async function offer(consumer: Consumer, chunk: Uint8Array): Promise<void> {
		try {
			if ((await consumer.take(chunk)) !== false) return;
			consumer.resolve();
		} catch (error) {
			consumer.reject(error);
		}
		consumers.delete(consumer);
	}
}
