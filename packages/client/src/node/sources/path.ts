import type { BigIntStats } from "node:fs";
import { access, constants, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { OpenableSource } from "../../platform.js";
import { createFileBody } from "./file-body.js";
import { createHeldFile } from "./held-file.js";

export interface FromPathOptions {
	/**
	 * The content type.
	 *
	 * @default none; the upload then goes by its own `contentType` option
	 */
	readonly type?: string | undefined;
}

/**
 * A file on disk, to hand to `uploadFile`. It is read piece by piece and never held in memory; a file of
 * any size takes a few MiB. It is open only while its bytes are wanted: of ten thousand uploads that wait
 * for their turn, none holds a descriptor.
 *
 * The upload fails with the code `file-changed` when the file's size or modification time changes, or
 * another file takes its name, before its last byte has been read. It fails with a TypeError as the cause
 * when the path leads to a directory, a pipe or a device, and with the system's error when the file cannot
 * be opened.
 *
 * @param path - As `node:fs` takes it: a string, or a `file:` URL.
 * @param options - The content type.
 * @returns What `uploadFile` takes.
 */
export function fromPath(path: string | URL, options: FromPathOptions = {}): OpenableSource {
	const { type } = options;
	return {
		async open() {
			const state = regularFile(path, await stat(path, { bigint: true }));
			// before anything is begun on the server that would have to be ended again
			await access(path, constants.R_OK);
			const file = createHeldFile(path, state);
			return {
				size: Number(state.size),
				...(type === undefined ? {} : { type }),
				identity: { name: absolute(path), lastModified: `${state.mtimeNs}` },
				slice: (start, end) => createFileBody(file, start, end - start),
				close: file.close,
			};
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
