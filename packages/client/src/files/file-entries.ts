import { isObject, UploadError } from "../errors.js";
import type { FileEntry, FilesInput, FilesItem } from "./files-types.js";

/** A file whose turn has come. */
export interface ListedFile<Item extends FilesItem> extends FileEntry {
	/** As it was given. */
	readonly item: Item;
	readonly index: number;
}

/** The bytes of all files, where that is known before they are read one by one. */
export function totalSize(files: FilesInput): number | null {
	if (!isObject(files) || !("length" in files)) return null;
	const sizes = Array.from(files, (item) => toEntry(item).size ?? Number.NaN);
	const total = sizes.reduce((sum, size) => sum + size, 0);
	return Number.isNaN(total) ? null : total;
}

/**
 * The files one by one, each read from the input when it is asked for.
 *
 * @throws UploadError `invalid-request` for an input that holds no files, or that fails.
 */
export async function* listFiles<Item extends FilesItem>(
	files: FilesInput<Item>,
): AsyncGenerator<ListedFile<Item>, void> {
	let index = 0;
	try {
		for await (const item of toIterable(files)) {
			yield { ...toEntry(item), item, index: index++ };
		}
	} catch (cause) {
		if (cause instanceof UploadError) throw cause;
		const why = cause instanceof Error ? cause.message : `${cause}`;
		throw new UploadError("invalid-request", `The files cannot be listed: ${why}`, { cause });
	}
}

function toIterable<Item extends FilesItem>(
	files: FilesInput<Item>,
): Iterable<Item> | AsyncIterable<Item> {
	if (isObject(files)) {
		if ("files" in files) return files.files();
		if (Symbol.asyncIterator in files || Symbol.iterator in files) return files;
		if ("length" in files) return Array.from(files);
	}
	throw new UploadError(
		"invalid-request",
		"`uploadFiles` takes a FileList, an array or another iterable of files, or `fromPath` of a folder. For a single file, call `uploadFile`.",
	);
}

function toEntry(item: FilesItem): FileEntry {
	if (!isObject(item)) throw unnamed();
	if ("file" in item) {
		if (typeof item.path !== "string" || item.path === "") throw unnamed();
		const { size = sizeOf(item.file) } = item;
		return { file: item.file, path: item.path, size };
	}
	if (typeof item.name !== "string" || item.name === "") throw unnamed();
	return { file: item, path: item.webkitRelativePath || item.name, size: item.size };
}

/** Bytes, where the value has them; one that is not a file is refused when its upload starts. */
function sizeOf(file: unknown): number | undefined {
	const { size, byteLength = size }: Record<string, unknown> = Object(file);
	return typeof byteLength === "number" ? byteLength : undefined;
}

const unnamed = (): UploadError =>
	new UploadError(
		"invalid-request",
		"Each item must be a File, or `{ file, path }` with a path that is not empty.",
	);
