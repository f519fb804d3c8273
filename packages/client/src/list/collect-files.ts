import { UploadError } from "../errors.js";
import type { FileEntry } from "../files/files-types.js";
import type { UploadInput } from "../public-types.js";
import type { AddableFiles, DroppedFiles } from "./list-types.js";

/** A file that is added, and what is known of it before it is read. */
export interface AddedFile {
	/** Absent where it cannot be read. */
	readonly file?: UploadInput;
	readonly error?: UploadError;
	readonly name: string;
	readonly path: string;
	readonly size?: number | undefined;
	readonly type?: string | undefined;
	/** The same for the same file. */
	readonly identity: string;
}

/** Files that systems put into folders by themselves. */
const systemFiles = /^(\.DS_Store|Thumbs\.db|desktop\.ini)$/i;

/**
 * Reads files from what a page was handed. What browsers take back after the event is read before the first
 * await.
 *
 * @returns the files, those of dropped folders too
 */
export async function collectFiles(files: AddableFiles): Promise<AddedFile[]> {
	if (!isDataTransfer(files)) return Array.from(files, toAdded);
	const items = files.items as ArrayLike<DataTransferItem>;
	const entries = Array.from(items, (item) => {
		const entry = item.kind === "file" ? item.webkitGetAsEntry?.() : null;
		return entry?.isDirectory ? entry : item.getAsFile();
	});
	// Safari may show a drop's files only here
	if (entries.every((entry) => !entry)) return Array.from(files.files, toAdded);
	const found: AddedFile[] = [];
	for (const entry of entries) {
		// a File of another window is no instance of this one's
		if (entry && "isDirectory" in entry) found.push(...(await listFolder(entry)));
		else if (entry) found.push(toAdded(entry));
	}
	return found;
}

const isDataTransfer = (files: AddableFiles): files is DroppedFiles =>
	"files" in files && "items" in files;

async function listFolder(folder: FileSystemEntry): Promise<AddedFile[]> {
	const found: AddedFile[] = [];
	try {
		for await (const file of walk(folder)) found.push(toAdded(file));
	} catch (cause) {
		const { name } = folder;
		const message = `The folder "${name}" cannot be read to its end: choose it again.`;
		const error = new UploadError("file-changed", message, { cause });
		found.push({ name, path: name, identity: name, error });
	}
	return found;
}

/** The files of an entry, one by one. */
async function* walk(entry: FileSystemEntry, path = entry.name): AsyncGenerator<FileEntry, void> {
	if (entry.isFile) {
		const { promise, resolve, reject } = Promise.withResolvers<File>();
		(entry as FileSystemFileEntry).file(resolve, reject);
		yield { file: await promise, path };
		return;
	}
	const reader = (entry as FileSystemDirectoryEntry).createReader();
	for (;;) {
		// Chromium gives at most 100 at once, and none at the end
		const { promise, resolve, reject } = Promise.withResolvers<FileSystemEntry[]>();
		reader.readEntries(resolve, reject);
		const inside = await promise;
		if (inside.length === 0) return;
		for (const child of inside) {
			if (!systemFiles.test(child.name)) yield* walk(child, `${path}/${child.name}`);
		}
	}
}

function toAdded(item: File | FileEntry): AddedFile {
	const { file, path, size } =
		"file" in item
			? item
			: { file: item, path: item.webkitRelativePath || item.name, size: item.size };
	const { type = "", lastModified } = file as Partial<File>;
	const bytes = size ?? (file as Partial<File>).size;
	return {
		file,
		path,
		name: path.slice(path.lastIndexOf("/") + 1),
		size: bytes,
		type: type || undefined,
		identity: JSON.stringify([path, bytes, lastModified]),
	};
}
