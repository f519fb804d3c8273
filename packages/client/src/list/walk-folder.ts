import type { FileEntry } from "../files/files-types.js";

/** A file or folder that the browser could not read. */
export interface UnreadableEntry {
	readonly path: string;
	readonly cause: unknown;
}

/** Files that systems put into folders by themselves. */
const systemFiles = /^(\.DS_Store|Thumbs\.db|desktop\.ini)$/i;

/**
 * Walks a dropped folder. Loaded on demand.
 *
 * @param entry - Of the folder, or of something in it.
 * @param path - From the dropped folder on.
 * @returns the files one by one, and in their places what cannot be read: the rest is read all the same
 */
export async function* walkFolder(
	entry: FileSystemEntry,
	path: string = entry.name,
): AsyncGenerator<FileEntry | UnreadableEntry, void> {
	try {
		if (entry.isFile) yield { file: await readFile(entry as FileSystemFileEntry), path };
		else yield* walkEntries((entry as FileSystemDirectoryEntry).createReader(), path);
	} catch (cause) {
		yield { path, cause };
	}
}

async function* walkEntries(
	reader: FileSystemDirectoryReader,
	path: string,
): AsyncGenerator<FileEntry | UnreadableEntry, void> {
	for (;;) {
		// Chromium gives at most 100 at once, and none at the end
		const inside = await readSome(reader);
		if (inside.length === 0) return;
		for (const child of inside) {
			if (!systemFiles.test(child.name)) yield* walkFolder(child, `${path}/${child.name}`);
		}
	}
}

const readFile = (entry: FileSystemFileEntry): Promise<File> =>
	new Promise((resolve, reject) => entry.file(resolve, reject));

const readSome = (reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> =>
	new Promise((resolve, reject) => reader.readEntries(resolve, reject));
