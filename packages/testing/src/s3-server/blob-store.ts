import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";

/** The stored bytes of an object or of one part. */
export interface StoredBytes {
	readonly size: number;
	/** The bytes from `start` up to, not including, `end`. */
	read(start: number, end: number): AsyncIterable<Buffer>;
	/** Deletes them. */
	discard(): Promise<void>;
}

/** Stores bytes in memory or in a folder. */
export interface BlobStore {
	/** Stores a whole stream and calls `onChunk` with each chunk. A stream that fails leaves nothing. */
	write(source: AsyncIterable<Buffer>, onChunk: (chunk: Buffer) => void): Promise<StoredBytes>;
	/** Deletes everything. */
	clear(): Promise<void>;
}

/** The part of each piece that falls into a range over all of them, with the piece. */
function* overlaps<Piece>(
	pieces: readonly Piece[],
	sizeOf: (piece: Piece) => number,
	start: number,
	end: number,
): Generator<readonly [Piece, number, number]> {
	let offset = 0;
	for (const piece of pieces) {
		const size = sizeOf(piece);
		if (offset >= end) return;
		const from = Math.max(start - offset, 0);
		const to = Math.min(end - offset, size);
		if (from < to) yield [piece, from, to];
		offset += size;
	}
}

/** Concatenates pieces without copying them. */
export function joinBytes(pieces: readonly StoredBytes[]): StoredBytes {
	return {
		size: pieces.reduce((sum, piece) => sum + piece.size, 0),
		async *read(start, end) {
			for (const [piece, from, to] of overlaps(pieces, ({ size }) => size, start, end)) {
				yield* piece.read(from, to);
			}
		},
		async discard() {
			await Promise.all(pieces.map((piece) => piece.discard()));
		},
	};
}

/** Stores the chunks of a body as they arrive, without a copy. */
export function memoryBlobStore(): BlobStore {
	return {
		async write(source, onChunk) {
			const chunks: Buffer[] = [];
			let size = 0;
			for await (const chunk of source) {
				onChunk(chunk);
				chunks.push(chunk);
				size += chunk.length;
			}
			return {
				size,
				async *read(start, end) {
					for (const [chunk, from, to] of overlaps(chunks, ({ length }) => length, start, end)) {
						yield chunk.subarray(from, to);
					}
				},
				// a reader that has not finished keeps its chunks from being collected
				async discard() {},
			};
		},
		async clear() {},
	};
}

/** Bytes per write: one system call for many chunks of a socket. */
const batchSize = 1024 * 1024;

const zeros = Buffer.alloc(64 * 1024);

function isZero(chunk: Buffer): boolean {
	for (let start = 0; start < chunk.length; start += zeros.length) {
		const piece = chunk.subarray(start, start + zeros.length);
		if (!piece.equals(zeros.subarray(0, piece.length))) return false;
	}
	return true;
}

/** Leaves a hole for zeros, so that a sparse file of a test takes no space here either. */
async function writeAt(file: FileHandle, batch: readonly Buffer[], start: number): Promise<number> {
	const size = batch.reduce((sum, { length }) => sum + length, 0);
	if (batch.every(isZero)) return size;
	const { bytesWritten } = await file.writev(batch, start);
	// a full disk writes less than asked
	if (bytesWritten !== size) throw new Error("The disk is full: the body could not be written.");
	return size;
}

async function writeFile(
	path: string,
	source: AsyncIterable<Buffer>,
	onChunk: (chunk: Buffer) => void,
): Promise<number> {
	const file = await open(path, "wx");
	let size = 0;
	try {
		let batch: Buffer[] = [];
		let gathered = 0;
		for await (const chunk of source) {
			onChunk(chunk);
			batch.push(chunk);
			gathered += chunk.length;
			if (gathered < batchSize) continue;
			size += await writeAt(file, batch, size);
			batch = [];
			gathered = 0;
		}
		if (gathered > 0) size += await writeAt(file, batch, size);
		await file.truncate(size);
	} finally {
		await file.close();
	}
	return size;
}

/** Stores every body in a file of its own in `folder`, which the first write creates. */
export function folderBlobStore(folder: string): BlobStore {
	const files = new Set<string>();
	const remove = async (path: string): Promise<void> => {
		await rm(path, { force: true });
		files.delete(path);
	};
	return {
		async write(source, onChunk) {
			await mkdir(folder, { recursive: true });
			const path = join(folder, `${randomUUID()}.bytes`);
			files.add(path);
			try {
				const size = await writeFile(path, source, onChunk);
				return {
					size,
					// HEAD never reads, so it opens no file
					async *read(start, end) {
						if (start === end) return;
						yield* createReadStream(path, { start, end: end - 1, highWaterMark: batchSize });
					},
					discard: () => remove(path),
				};
			} catch (error) {
				await remove(path);
				throw error;
			}
		},
		async clear() {
			await Promise.all([...files].map(remove));
		},
	};
}
