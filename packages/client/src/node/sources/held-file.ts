import { constants, type FileHandle, open } from "node:fs/promises";
import { assertUnchanged, type FileState, fileGone } from "./file-state.js";

/** A file that is open only while somebody holds it. */
export interface HeldFile {
	/** As it was when the upload began. */
	readonly state: FileState;
	/**
	 * Opens the file, unless it is open.
	 *
	 * @throws UploadError `file-changed` when there is another file by now; the system's error; an Error
	 *   after {@link close}.
	 */
	hold(): Promise<Hold>;
	/** Lets nobody hold it any more. Waits for the file to be closed, unless somebody holds it still. */
	close(): Promise<void>;
}

export interface Hold {
	/** A descriptor, valid until the release. */
	readonly fd: number;
	/** To be called once. */
	release(): void;
}

export function createHeldFile(path: string | URL, state: FileState): HeldFile {
	let holds = 0;
	let opening: Promise<FileHandle> | undefined;
	let closing: Promise<void> | undefined;
	let closed = false;
	const release = (): void => {
		if (--holds > 0) return;
		// nothing was written that a failure could lose
		closing = opening?.then((handle) => handle.close()).catch(() => {});
		opening = undefined;
	};
	const openOnce = async (): Promise<FileHandle> => {
		try {
			return await openUnchanged(path, state);
		} catch (error) {
			// the next who wants it may have more luck
			opening = undefined;
			throw error;
		}
	};
	return {
		state,
		async hold() {
			if (closed) throw new Error("The file was closed while it was being read.");
			holds++;
			opening ??= openOnce();
			try {
				const { fd } = await opening;
				return { fd, release };
			} catch (error) {
				release();
				throw error;
			}
		},
		async close() {
			closed = true;
			await closing;
		},
	};
}

async function openUnchanged(path: string | URL, state: FileState): Promise<FileHandle> {
	// without O_NONBLOCK, opening a pipe that took the file's name waits for a writer
	const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(
		(error) => {
			throw error.code === "ENOENT" ? fileGone(error) : error;
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
