import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { FileEntry } from "@skyput/client";
import { fromPath } from "@skyput/client/node";
import { lookup } from "mrmime";
import { CommandError, fileReason } from "../errors.js";

/** A file of the disk, to upload. */
export interface LocalFile extends FileEntry {
	/** As it is shown: relative where the argument was. */
	readonly path: string;
	readonly key: string;
	/** Why it cannot be uploaded, where its kind tells; it fails as a file of its own. */
	readonly unfit?: string | undefined;
}

/**
 * Finds the files that the arguments name, and the key of each: as `skyput upload --help` says.
 *
 * @param cwd - Where relative paths start.
 * @param sources - Files and folders.
 * @param key - The key of a single file, else the folder of keys; it may end with a slash.
 * @param contentType - Of all files; by default that of the extension.
 * @throws CommandError `invalid-usage` for a path that does not exist, folders without files, and two files of one key.
 */
export async function collectFiles(
	cwd: string,
	sources: readonly string[],
	{ key, contentType }: { readonly key: string; readonly contentType?: string | undefined },
): Promise<LocalFile[]> {
	const below = key === "" || key.endsWith("/") ? key : `${key}/`;
	const [single] = sources.length === 1 ? sources : [];
	const files: LocalFile[] = [];
	const add = async (path: string, fileKey: string): Promise<void> => {
		const full = resolve(cwd, path);
		const type = contentType ?? lookup(path);
		const file = fromPath(full, { type });
		files.push({ file, path, key: fileKey, ...(await inspect(full)) });
	};
	for (const source of sources) {
		const full = resolve(cwd, source);
		const name = basename(full);
		if (await isFolder(full, source)) {
			const folder = source === single ? below : `${below}${name}/`;
			for await (const { path } of fromPath(full).files()) {
				await add(join(source, path), folder + path);
			}
		} else {
			await add(source, source === single && key !== below ? key : below + name);
		}
	}
	if (files.length === 0) {
		throw new CommandError(
			"invalid-usage",
			`there is no file to upload in ${sources.join(" and ")}. Note that the last argument is the key.`,
		);
	}
	refuseDuplicates(files);
	return files;
}

async function inspect(path: string): Promise<Pick<LocalFile, "size" | "unfit">> {
	try {
		const stats = await stat(path);
		if (stats.isFile()) return { size: stats.size };
		const unfit = stats.isDirectory()
			? "it is a link to a folder, which is not followed. Name the folder itself."
			: "it is a pipe or a device. Pipe its data into the command, and name it -.";
		return { size: 0, unfit };
	} catch (cause) {
		return { size: 0, unfit: `it cannot be read: ${fileReason(cause)}.` };
	}
}

async function isFolder(path: string, source: string): Promise<boolean> {
	try {
		return (await stat(path)).isDirectory();
	} catch (cause) {
		throw new CommandError(
			"invalid-usage",
			`${source} cannot be read: ${fileReason(cause)}. Nothing was uploaded. Note that the last argument is the key.`,
			{ cause },
		);
	}
}

function refuseDuplicates(files: readonly LocalFile[]): void {
	const paths = new Map<string, string>();
	for (const { path, key } of files) {
		const other = paths.get(key);
		if (other !== undefined) {
			throw new CommandError(
				"invalid-usage",
				`${other} and ${path} would both be stored as ${key}. Upload one of them with a separate command.`,
			);
		}
		paths.set(key, path);
	}
}
