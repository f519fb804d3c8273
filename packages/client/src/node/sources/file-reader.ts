import { type BigIntStats, fstat, read } from "node:fs";
import { constants, type FileHandle, open } from "node:fs/promises";
import { promisify } from "node:util";
import { UploadError } from "../../errors.js";
import type { BodyReader } from "./body.js";

/** A range of a file, and the state of the file when its upload began. */
export interface FileRange {
	readonly path: string | URL;
	readonly state: BigIntStats;
	/** Bytes, included. */
	readonly start: number;
	/** Bytes, excluded. */
	readonly end: number;
	/** Called when the reader closes, with a promise that resolves when the descriptor is closed. */
	readonly onClose: (closed: Promise<void>) => void;
}

/**
 * Opens the file for one body.
 *
 * @throws UploadError `file-changed` when another file is there; the system's error.
 */
export async function openFileReader({
	path,
	state,
	start,
	end,
	onClose,
}: FileRange): Promise<BodyReader> {
	const handle = await openUnchanged(path, state);
	const { fd } = handle;
	return {
		async read(position, length, buffer) {
			const chunk = await fill(fd, buffer.subarray(0, length), start + position);
			// checked once per body, before its last bytes are sent: all must belong to one state of the file
			if (start + position + length === end) {
				assertUnchanged(state, await statDescriptor(fd, { bigint: true }));
				if (BigInt(end) === state.size) await assertEnd(handle, end);
			}
			return chunk;
		},
		// the file is only read, so a failed close loses nothing
		close: () => onClose(handle.close().catch(() => {})),
	};
}

async function openUnchanged(path: string | URL, state: BigIntStats): Promise<FileHandle> {
	// without O_NONBLOCK, opening a pipe that replaced the file would wait for a writer
	const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(
		(error) => {
			throw error.code === "ENOENT" ? fileChanged("was removed", { cause: error }) : error;
		},
	);
	try {
		assertUnchanged(state, await handle.stat({ bigint: true }));
		return handle;
	} catch (error) {
		await handle.close();
		throw error;
	}
}

const statDescriptor = promisify(fstat);

/**
 * Fills the chunk from a position of the file. It uses the callback API, since `FileHandle.read` costs a
 * tenth of the throughput of an upload.
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

/** @throws UploadError `file-changed` when more bytes follow, which a FUSE file's size may hide. */
async function assertEnd(handle: FileHandle, end: number): Promise<void> {
	const { bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, end);
	if (bytesRead > 0) throw fileChanged(`has more than the ${end} bytes that it had`);
}

/** @throws UploadError `file-changed` unless the file is as it was when its upload began. */
function assertUnchanged(before: BigIntStats, now: BigIntStats): void {
	if (now.ino !== before.ino) throw fileChanged("was replaced");
	if (now.size !== before.size) throw fileChanged("changed its size");
	if (now.mtimeNs !== before.mtimeNs) throw fileChanged("was written to");
	// a program can set mtime back, but not ctime
	if (now.ctimeNs !== before.ctimeNs)
		throw fileChanged("was written to, renamed, removed or given other rights");
}

/** @param how what happened to the file, in the past tense */
const fileChanged = (how: string, options?: ErrorOptions): UploadError =>
	new UploadError(
		"file-changed",
		`The file ${how} during its upload. Start again once nothing writes to it.`,
		options,
	);
