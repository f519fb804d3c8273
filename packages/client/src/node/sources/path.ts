import { type BigIntStats, read } from "node:fs";
import { constants, type FileHandle, open } from "node:fs/promises";
import { UploadError } from "../../errors.js";
import type { OpenableSource, UploadSource } from "../../platform.js";
import { createBody } from "./body.js";

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
 * and never held in memory; a file of any size takes a few MiB.
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
				return fileSource(handle, regularFile(path, await handle.stat({ bigint: true })), options);
			} catch (error) {
				await handle.close();
				throw error;
			}
		},
	};
}

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
	return {
		size: Number(opened.size),
		...(type === undefined ? {} : { type }),
		slice: (start, end) =>
			createBody(end - start, (position, length, scratch) => {
				// its number may mean another file by now
				if (closing) {
					return Promise.reject(new Error("The file was closed while it was being read."));
				}
				const chunk = scratch.subarray(0, length);
				const filling = fill(handle.fd, chunk, start + position);
				if (position + length < end - start) return filling;
				// once per body: its last bytes leave only if all of them belong to one state of the file
				return filling.then(() => assertUnchanged(handle, opened)).then(() => chunk);
			}),
		close: () => (closing ??= handle.close()),
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
			else if (bytesRead === 0) reject(fileChanged("became shorter"));
			else if (filled < chunk.byteLength) readOn();
			else resolve(chunk);
		};
		readOn();
	});
}

async function assertUnchanged(handle: FileHandle, opened: BigIntStats): Promise<void> {
	const now = await handle.stat({ bigint: true });
	if (now.size !== opened.size) throw fileChanged("changed its size");
	if (now.mtimeNs !== opened.mtimeNs) throw fileChanged("was written to");
}

const fileChanged = (how: string): UploadError =>
	new UploadError(
		"file-changed",
		`The file ${how} during its upload. Start again once nothing writes to it.`,
	);
