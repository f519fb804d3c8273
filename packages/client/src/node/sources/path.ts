import { type BigIntStats, read } from "node:fs";
import { constants, type FileHandle, open } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { OpenableSource, UploadSource } from "../../platform.js";
import { createFileBody, type OpenFile } from "./file-body.js";
import { assertUnchanged, fileTooShort } from "./file-state.js";

export interface FromPathOptions {
	/**
	 * The content type.
	 *
	 * @default none; the upload then goes by its own `contentType` option
	 */
	readonly type?: string;
}

/**
 * A file on disk, to hand to `uploadFile`. It is opened when the upload starts, read piece by piece
 * and never held in memory; a file of any size takes a few MiB. One of 128 MiB and more is sent by two
 * worker threads, which take some 25 MiB together and end when they have been idle for a while; where
 * a process may start none, it is sent like any other.
 *
 * The upload fails with the code `file-changed` when the file's size or modification time changes
 * before its last byte has been read. It fails with a TypeError as the cause when the path leads to
 * a directory, a pipe or a device, and with the system's error when the file cannot be opened.
 *
 * @param path as `node:fs` takes it: a string, or a `file:` URL.
 */
export function fromPath(path: string | URL, options: FromPathOptions = {}): OpenableSource {
	return {
		open: async () => {
			// without O_NONBLOCK, opening a pipe waits for a writer and takes a thread with it
			const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
			try {
				const stats = regularFile(path, await handle.stat({ bigint: true }));
				const source = fileSource(handle, stats, options);
				return { ...source, identity: { name: absolute(path), lastModified: `${stats.mtimeNs}` } };
			} catch (error) {
				await handle.close();
				throw error;
			}
		},
	};
}

const absolute = (path: string | URL): string =>
	resolve(path instanceof URL ? fileURLToPath(path) : path);

function regularFile(path: string | URL, stats: BigIntStats): BigIntStats {
	if (stats.isFile()) return stats;
	const kind = stats.isDirectory() ? "a directory" : stats.isFIFO() ? "a pipe" : "a device";
	throw new TypeError(`fromPath takes a regular file, and ${path} is ${kind}.`);
}

function fileSource(
	handle: FileHandle,
	opened: BigIntStats,
	{ type }: FromPathOptions,
): UploadSource {
	let closing: Promise<void> | undefined;
	/** What other threads still do with the file. */
	const loans = new Set<Promise<unknown>>();
	const lend: OpenFile["lend"] = (until) => {
		if (closing !== undefined) throw closedMeanwhile();
		loans.add(until);
		void until.finally(() => loans.delete(until));
		return handle.fd;
	};
	return {
		size: Number(opened.size),
		...(type === undefined ? {} : { type }),
		slice: (start, end) =>
			createFileBody({ opened, lend }, start, end - start, (position, length, scratch) => {
				if (closing !== undefined) return Promise.reject(closedMeanwhile());
				const chunk = scratch.subarray(0, length);
				const filling = fill(handle.fd, chunk, start + position);
				if (position + length < end - start) return filling;
				// once per body: its last bytes leave only if all of them belong to one state of the file
				return filling
					.then(() => handle.stat({ bigint: true }))
					.then((now) => {
						assertUnchanged(opened, now);
						return chunk;
					});
			}),
		close: () => (closing ??= Promise.all(loans).then(() => handle.close())),
	};
}

/**
 * Fills the chunk from a position of the file, and resolves with it. It runs for every 256 KiB of an
 * upload: by the callback, since `FileHandle.read` costs a tenth of the whole throughput, and with one
 * promise, since a chain of them costs some hundredths more.
 */
function fill(fd: number, chunk: Uint8Array, position: number): Promise<Uint8Array> {
	return new Promise((resolve, reject) => {
		let filled = 0;
		const readOn = (): void =>
			read(fd, chunk, filled, chunk.byteLength - filled, position + filled, onRead);
		const onRead = (error: Error | null, bytesRead: number): void => {
			filled += bytesRead;
			if (error) reject(error);
			else if (bytesRead === 0) reject(fileTooShort());
			else if (filled < chunk.byteLength) readOn();
			else resolve(chunk);
		};
		readOn();
	});
}

/** Of a read that would find another file behind the number by now. */
const closedMeanwhile = (): Error => new Error("The file was closed while it was being read.");
