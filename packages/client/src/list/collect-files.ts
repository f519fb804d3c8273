import { UploadError } from "../errors.js";
import type { FileEntry } from "../files/files-types.js";
import type { UploadInput } from "../public-types.js";
import type { AddableFile, AddableFiles, DroppedFiles } from "./list-types.js";

/** A file that is added, and what is known of it before it is read. */
export interface AddedFile {
	/** Absent where it cannot be read. */
	readonly file?: UploadInput;
	readonly error?: UploadError;
	readonly path: string;
	readonly size?: number | undefined;
	readonly type?: string | undefined;
	/** The same for the same file. */
	readonly identity: string;
}

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
		const { walkFolder } = await import("./walk-folder.js");
		for await (const one of walkFolder(folder)) {
			found.push("file" in one ? toAdded(one) : unreadable(one.path, one.cause));
		}
	} catch (cause) {
		found.push(unreadable(folder.name, cause));
	}
	return found;
}

const unreadable = (path: string, cause: unknown): AddedFile => {
	const message = `"${path}" cannot be read: choose it again.`;
	const error = new UploadError("file-changed", message, { cause });
	return { path, identity: path, error };
};

function toAdded(item: AddableFile): AddedFile {
	const known: FileEntry = "file" in item ? item : { file: item, path: pathOf(item) };
	const { file, path } = known;
	const { type, lastModified, size } = file as Partial<File>;
	// React Native may give null
	const bytes = known.size ?? size ?? undefined;
	return {
		file,
		path,
		size: bytes,
		type: type || undefined,
		identity: JSON.stringify([path, bytes, lastModified]),
	};
}

const pathOf = (file: { readonly name: string; readonly webkitRelativePath?: string }): string =>
	file.webkitRelativePath || file.name;
