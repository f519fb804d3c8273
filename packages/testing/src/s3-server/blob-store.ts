import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";

/** Bytes that are kept: of an object, or of one part. */
export interface StoredBytes {
	readonly size: number;
	/** The bytes from `start` up to, not including, `end`. */
	read(start: number, end: number): AsyncIterable<Buffer>;
	/** Frees them. */
	discard(): Promise<void>;
}

/** Where bytes are kept. */
export interface Shelf {
	/** Keeps all of a stream, showing each chunk to `onChunk`; nothing stays when the stream fails. */
	keep(source: AsyncIterable<Buffer>, onChunk: (chunk: Buffer) => void): Promise<StoredBytes>;
	/** Frees everything. */
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

/** Several pieces that are read as one. */
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

/** Keeps the chunks of a body as they arrived: no copy is made. */
export function memoryShelf(): Shelf {
	return {
		async keep(source, onChunk) {
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
				// whoever is still reading keeps the chunks alive, nobody else does
				async discard() {},
			};
		},
		async clear() {},
	};
}

/** Bytes gathered before they are written: one system call for many chunks of a socket. */
const batchSize = 1024 * 1024;

async function writeAll(file: FileHandle, batch: readonly Buffer[], size: number): Promise<number> {
	const { bytesWritten } = await file.writev(batch);
	// the system may write less than it was given, as on a full disk
	if (bytesWritten !== size) throw new Error("The body could not be written to the folder");
	return bytesWritten;
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
			size += await writeAll(file, batch, gathered);
			batch = [];
			gathered = 0;
		}
		if (gathered > 0) size += await writeAll(file, batch, gathered);
	} finally {
		await file.close();
	}
	return size;
}

/** Keeps every body in a file of its own below `folder`, which is made when it is first needed. */
export function folderShelf(folder: string): Shelf {
	const files = new Set<string>();
	const remove = async (path: string): Promise<void> => {
		await rm(path, { force: true });
		files.delete(path);
	};
	return {
		async keep(source, onChunk) {
			await mkdir(folder, { recursive: true });
			const path = join(folder, `${randomUUID()}.bytes`);
			files.add(path);
			try {
				const size = await writeFile(path, source, onChunk);
				return {
					size,
					// opened only when the first byte is asked for: HEAD asks for none
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
