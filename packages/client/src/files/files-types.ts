import type { UploadError } from "../errors.js";
import type { UploadFileOptions, UploadOptions } from "../options.js";
import type { UploadHandle, UploadInput, UploadResult } from "../public-types.js";

/** A file under a name of your own; bytes in it are read when its turn comes. */
export interface FileEntry {
	readonly file: UploadInput;
	/** Relative to the folder, with slashes. */
	readonly path: string;
	/** Bytes, for the total. @default the file's own, where it has one */
	readonly size?: number | undefined;
}

/** A file of several: of a picker or a drop, or an entry. */
export type FilesItem = File | FileEntry;

/** What knows the files of a folder, such as `fromPath` of `@skyput/client/node`. */
export interface FileFolder<Item extends FilesItem = FileEntry> {
	/** @returns The files, in folders below it too. */
	files(): AsyncIterable<Item>;
}

/** Several files. Those of a generator are read one by one, so their number does not matter. */
export type FilesInput<Item extends FilesItem = FilesItem> =
	| ArrayLike<Item>
	| Iterable<Item>
	| AsyncIterable<Item>
	| FileFolder<Item>;

/** Where a file stands among the others. */
export interface FileInfo {
	/** Relative to the chosen folder, with slashes; without a folder, the file's name. */
	readonly path: string;
	/** From 0, in the order in which the files were given. */
	readonly index: number;
}

type OptionsOfFile = Pick<UploadFileOptions, "contentType" | "metadata">;

/** Options of `uploadFiles`; they override those of its client. */
export interface FilesOptions<Item extends FilesItem = FilesItem, Data = unknown>
	extends Omit<UploadOptions, "size"> {
	/**
	 * What a file that cannot be uploaded does to the others: `"stop"` aborts them and rejects with its error. Stored
	 * files stay.
	 *
	 * @default "continue"
	 */
	readonly onError?: "continue" | "stop" | undefined;
	/**
	 * What a key does at which an object exists already: `"skip"` leaves the file out, without comparing it with the
	 * object, so that a batch can be run again after an interruption.
	 *
	 * @default "fail"
	 */
	readonly existing?: "fail" | "skip" | undefined;
	/** Called before each file, for options of its own; may return a promise. @default none */
	readonly optionsFor?:
		| ((
				item: Item,
				info: FileInfo,
		  ) => OptionsOfFile | undefined | Promise<OptionsOfFile | undefined>)
		| undefined;
	/** Called after each file. @default none */
	readonly onFile?: ((outcome: FileOutcome<Item, Data>) => void) | undefined;
}

/** A file that was stored. */
export interface StoredFile<Item extends FilesItem = FilesItem, Data = unknown> extends FileInfo {
	readonly status: "stored";
	readonly item: Item;
	/** As `keyOf` returned it; `result.key` is the object's. */
	readonly key: string;
	readonly result: UploadResult<Data>;
}

/** A file whose key existed; only with `existing: "skip"`. */
export interface SkippedFile<Item extends FilesItem = FilesItem> extends FileInfo {
	readonly status: "skipped";
	readonly item: Item;
	readonly key: string;
}

/** A file that could not be uploaded. */
export interface FailedFile<Item extends FilesItem = FilesItem> extends FileInfo {
	readonly status: "failed";
	readonly item: Item;
	/** Absent where `keyOf` failed. */
	readonly key?: string | undefined;
	readonly error: UploadError;
}

/** How one file ended. */
export type FileOutcome<Item extends FilesItem = FilesItem, Data = unknown> =
	| StoredFile<Item, Data>
	| SkippedFile<Item>
	| FailedFile<Item>;

/** How the files ended, each list in the order in which they were given. */
export interface FilesResult<Item extends FilesItem = FilesItem, Data = unknown> {
	readonly stored: readonly StoredFile<Item, Data>[];
	readonly skipped: readonly SkippedFile<Item>[];
	readonly failed: readonly FailedFile<Item>[];
}

/** Running uploads of several files: a promise of how each ended, with the controls of one upload. */
export type FilesUpload<Item extends FilesItem = FilesItem, Data = unknown> = UploadHandle<
	FilesResult<Item, Data>
>;
