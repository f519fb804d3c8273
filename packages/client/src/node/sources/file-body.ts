import { createBody, type NodeBody } from "./body.js";
import type { FileState } from "./file-state.js";

/** A file that is open in this process, for all of its threads. */
export interface OpenFile {
	/** As it was when it was opened. */
	readonly opened: FileState;
	/**
	 * Its descriptor, which stays valid until the promise has settled.
	 *
	 * @throws Error once the file is being closed.
	 */
	lend(until: Promise<unknown>): number;
}

/** A piece of a file on disk, which another thread can read as well. */
export interface FileBody extends NodeBody {
	readonly file: OpenFile;
	/** Where it begins in the file, in bytes. */
	readonly start: number;
}

export const createFileBody = (
	file: OpenFile,
	start: number,
	size: number,
	read: NodeBody["read"],
): FileBody => ({ ...createBody(size, read), file, start });

/** Whether the body is a piece of a file on disk. */
export const isFileBody = (body: NodeBody): body is FileBody => "file" in body;
