import type { BigIntStats } from "node:fs";
import { access, constants, open, opendir, stat } from "node:fs/promises";
import { basename, isAbsolute, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { FileEntry, FileFolder } from "../../files/files-types.js";
import { fill, typed } from "../../option-rules.js";
import type { OpenableSource } from "../../platform.js";
import { createBody } from "./body.js";
import { openFileReader } from "./file-reader.js";
import { hasTrueSize } from "./true-size.js";
import { explainUnreadable } from "./unreadable-file.js";

export interface FromPathOptions {
	/**
	 * The content type.
	 *
	 * @default none: the option `contentType` of the upload decides
	 */
	readonly type?: string | undefined;
}

const rules = { type: typed("a string") };

/** A file for `uploadFile`, or a folder for `uploadFiles`. */
export interface PathSource extends OpenableSource, FileFolder {}

/**
 * A file on disk for `uploadFile`, or a folder for `uploadFiles`. A file is read in chunks and never held in memory: a file of any
 * size takes a few MiB. It is open only while its bytes are read, so queued uploads hold no descriptor.
 *
 * The upload fails with code `file-changed` when the file is written to, renamed, removed or given other
 * rights before its last byte is read. It fails with a TypeError as `cause` when the
 * path is a directory, a pipe or a device, and with the system's error as `cause` when the file cannot be opened.
 *
 * A file whose reported size is wrong, as in `/proc`, `/sys` and some FUSE file systems, is uploaded as a
 * stream to its end.
 *
 * A folder is listed as its files are uploaded. Links to files are followed; a link to a folder, a pipe or a device
 * in it fails as a file of its own.
 *
 * @param path - As in `node:fs`: a string, relative to the current directory at this call, or a `file:` URL.
 * @param options - The content type.
 * @returns What `uploadFile` and `uploadFiles` take.
 * @throws UploadError `invalid-request` for an option that is unknown or has a bad value.
 */
export function fromPath(path: string | URL, options: FromPathOptions = {}): PathSource {
	const { type } = fill<FromPathOptions>(rules, {}, options);
	const full = fromHere(path);
	return {
		async *files() {
			try {
				yield* listFolder(absolute(full), options);
			} catch (error) {
				throw explainUnreadable(error, Object(error).path ?? absolute(full));
			}
		},
		async open() {
			// fail before an upload is created on the server
			const { state, isSized } = await look(full).catch((error) => {
				throw explainUnreadable(error, absolute(full));
			});
			if (!isSized) return readToEnd(full);
			let closing: Promise<unknown> = Promise.resolve();
			const onClose = (closed: Promise<void>): void => {
				closing = Promise.all([closing, closed]);
			};
			return {
				size: Number(state.size),
				...(type === undefined ? {} : { type }),
				identity: {
					name: absolute(full),
					lastModified: [state.mtimeNs, state.ctimeNs, state.ino].join(),
					exact: isExact(state),
				},
				slice: (start, end) =>
					createBody(end - start, () => openFileReader({ path: full, state, start, end, onClose })),
				// Windows deletes no file that is open
				close: async () => void (await closing),
			};
		},
	};
}

/**
 * Puts the current directory before a relative path, since the program may change to another before the file is read.
 * Nothing else is resolved: after a link, `..` means the parent of the folder that the link leads to. A value that is no
 * path is refused when it is read.
 */
function fromHere(path: string | URL): string | URL {
	if (!path || typeof path !== "string" || isAbsolute(path)) return path;
	try {
		return sep === "/" ? `${process.cwd()}/${path}` : resolve(path);
	} catch {
		// the current directory was removed: the file cannot be read either
		return path;
	}
}

const absolute = (path: string | URL): string =>
	resolve(path instanceof URL ? fileURLToPath(path) : path);

async function look(path: string | URL): Promise<{ state: BigIntStats; isSized: boolean }> {
	const state = regularFile(path, await stat(path, { bigint: true }));
	await access(path, constants.R_OK);
	return { state, isSized: await hasTrueSize(path, state) };
}

function regularFile(path: string | URL, stats: BigIntStats): BigIntStats {
	if (stats.isFile()) return stats;
	const kind = stats.isDirectory() ? "a directory" : stats.isFIFO() ? "a pipe" : "a device";
	const remedy = stats.isDirectory() ? " Upload its files (`uploadFiles`)." : "";
	throw new TypeError(`fromPath takes a regular file, and ${path} is ${kind}.${remedy}`);
}

/** @param below the path from the folder that was asked for, with slashes */
async function* listFolder(
	path: string,
	options: FromPathOptions,
	below = "",
): AsyncGenerator<FileEntry, void> {
	const isFolder = below !== "" || (await stat(path)).isDirectory();
	if (!isFolder) yield { file: fromPath(path, options), path: basename(path) };
	else {
		for await (const entry of await opendir(path)) {
			const inside = `${below}${entry.name}`;
			const full = join(path, entry.name);
			if (entry.isDirectory()) yield* listFolder(full, options, `${inside}/`);
			else yield { file: fromPath(full, options), path: inside };
		}
	}
}

async function* readToEnd(path: string | URL): AsyncGenerator<Uint8Array, void> {
	yield* (await open(path)).createReadStream();
}

/** Milliseconds: the coarsest timestamp resolution of a file system (FAT). */
const coarsestStep = 2_000;

/**
 * Whether every later write changes `ctime`: it differs from `mtime`, which any program can set back, and is
 * older than the clock's resolution.
 */
const isExact = ({ ctimeNs, mtimeNs }: BigIntStats): boolean =>
	ctimeNs > mtimeNs && Date.now() - Number(ctimeNs / 1_000_000n) > coarsestStep;
