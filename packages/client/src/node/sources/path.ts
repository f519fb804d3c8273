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
			createBody(end - start, async (position, length, scratch) => {
				// its number may mean another file by now
				if (closing) throw new Error("The file was closed while it was being read.");
				const chunk = scratch.subarray(0, length);
				await fill(handle, chunk, start + position);
				// once per body: its last bytes leave only if all of them belong to one state of the file
				if (position + length === end - start) await assertUnchanged(handle, opened);
				return chunk;
			}),
		close: () => (closing ??= handle.close()),
	};
}

/** Fills the chunk from a position of the file. */
async function fill(handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
	for (let filled = 0; filled < chunk.byteLength; ) {
		const bytesRead = await readAt(handle.fd, chunk.subarray(filled), position + filled);
		if (bytesRead === 0) throw fileChanged("became shorter");
		filled += bytesRead;
	}
}

/** `FileHandle.read` costs a tenth of the whole throughput more than the callback beneath it. */
function readAt(fd: number, into: Uint8Array, position: number): Promise<number> {
	return new Promise((resolve, reject) => {
		read(fd, into, 0, into.byteLength, position, (error, bytesRead) => {
			if (error) reject(error);
			else resolve(bytesRead);
		});
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
