import type { UploadError } from "../errors.js";
import type { FileEntry, FileInfo } from "../files/files-types.js";
import type { UploadLimits } from "../object-types.js";
import type { UploadPriority } from "../options.js";
import type {
	FileReference,
	UploadInput,
	UploadResult,
	UploadSnapshot,
	UploadState,
} from "../public-types.js";

/**
 * How a file of a list stands: as an upload does, or `queued` until its turn, `rejected` by the limits before
 * anything was sent, or `needs-file` where an earlier run left it and the file must be chosen again.
 */
export type UploadItemState = UploadState | "queued" | "rejected" | "needs-file";

/** One file of a list. Immutable: the same object until something changes. */
export interface UploadItemSnapshot<Data = unknown> extends Omit<UploadSnapshot, "state"> {
	/** Unique in the list. */
	readonly id: string;
	readonly state: UploadItemState;
	/** The file's name, without folders. */
	readonly name: string;
	/** Relative to the chosen folder, with slashes. */
	readonly path: string;
	/** Bytes; absent while unknown. */
	readonly size?: number | undefined;
	/** The MIME type, as the browser tells it. */
	readonly type?: string | undefined;
	/** As it was asked for; absent until the file's turn. */
	readonly key?: string | undefined;
	/** The file itself; absent for `needs-file`. */
	readonly file?: UploadInput | undefined;
	/** Once it is stored. */
	readonly result?: UploadResult<Data> | undefined;
}

/** One file of a list, to subscribe to alone: a list of thousands renders only the rows that change. */
export interface UploadItem<Data = unknown> {
	/**
	 * @param listener - Called after every change.
	 * @returns Ends the subscription.
	 */
	subscribe(listener: () => void): () => void;
	/** @returns How the file stands. */
	snapshot(): UploadItemSnapshot<Data>;
}

/** What is worth telling about a list, for words of your own: files were added, a quarter of the bytes was sent, … */
export type UploadAnnouncement =
	| { readonly type: "added"; readonly count: number }
	/** `percent` is 25, 50 or 75. */
	| { readonly type: "progress"; readonly percent: number }
	| { readonly type: "paused" | "offline" }
	/** Nothing is left to do: how many items of the list are stored, and how many failed. */
	| { readonly type: "ended"; readonly done: number; readonly failed: number };

/** A list as a whole. Immutable: the same object until something changes. */
export interface UploadListSnapshot {
	/** Of all items, in the order in which they were added; the same array until one is added or removed. */
	readonly ids: readonly string[];
	/** How many items are in each state; states without items are absent. */
	readonly counts: Readonly<Partial<Record<UploadItemState, number>>>;
	/** `idle`: nothing to do; `uploading`: files are under way or queued; `paused`: all of these wait. */
	readonly state: "idle" | "uploading" | "paused";
	/** Bytes of all items that are under way, queued or done. */
	readonly loaded: number;
	/** Bytes; absent where an item does not tell its size. */
	readonly total?: number | undefined;
	/** Absent unless bytes move. */
	readonly bytesPerSecond?: number | undefined;
	/** Absent unless bytes move and the total is known. */
	readonly secondsLeft?: number | undefined;
	/**
	 * The latest one, for an element with `role="status"`: users of screen readers do not see the list. Each is a new
	 * object, and each thing is told once.
	 */
	readonly announcement?: UploadAnnouncement | undefined;
}

/** A DataTransfer, such as `event.dataTransfer`; the type needs no DOM library. */
export interface DroppedFiles {
	readonly files: ArrayLike<File>;
	readonly items: ArrayLike<object>;
}

/** A file of a picker or a drop, one of React Native, or one of your own with a path. */
export type AddableFile = File | FileEntry | (FileReference & { readonly name: string });

/** What can be added: a picker's or drop's files, with folders, or files of your own. */
export type AddableFiles = ArrayLike<AddableFile> | Iterable<AddableFile> | DroppedFiles;

/** Options of `createUploadList`. */
export interface UploadListOptions<Key extends string = string, Data = unknown> {
	/** Returns where to store a file; may return a promise. Called at the file's turn. */
	readonly key: (file: UploadInput, info: FileInfo & { name: string }) => Key | Promise<Key>;
	/** Whether files start as they are added, or by `start()`. @default "now" */
	readonly start?: "now" | "manual" | undefined;
	/** The most files in the list, rejected ones aside; others are rejected. @default unlimited */
	readonly maxFiles?: number | undefined;
	/**
	 * What a file with the path, size and time of another one does. In any case, it starts one that failed or was aborted
	 * again.
	 *
	 * @default "skip"
	 */
	readonly duplicates?: "skip" | "allow" | undefined;
	/** Files under way at once, paused ones aside. @default 3 */
	readonly parallel?: number | undefined;
	/**
	 * Files beyond these limits are rejected before anything is sent: `limits: () => client.rules(key)` asks the server
	 * for those of a key. Where that fails, the server decides about each file.
	 *
	 * @default none
	 */
	readonly limits?: UploadLimits | (() => Promise<UploadLimits>) | undefined;
	/** Input of the rule's metadata schema, or a function that returns it, or a promise of it, for a file. @default none */
	readonly metadata?: unknown;
	/**
	 * Which uploads of the client get connections first, as the option of `uploadFile`: those of the list, or others.
	 *
	 * @default "normal"
	 */
	readonly priority?: UploadPriority | undefined;
	/**
	 * Adds what an earlier run left unfinished, as `needs-file`; needs a client with `resume`. A file of this name and
	 * size that is added continues it.
	 *
	 * @default false
	 */
	readonly pending?: boolean | undefined;
	/** Whether the browser asks before the page is left while files are uploaded. @default true */
	readonly confirmLeave?: boolean | undefined;
	/** Whether the screen stays on while files are uploaded, where the browser allows it. @default true */
	readonly keepAwake?: boolean | undefined;
	/** Called when a file has ended: stored, failed, aborted or rejected. @default none */
	readonly onItemDone?: ((item: UploadItemSnapshot<Data>) => void) | undefined;
}

/** What {@link UploadList.add} did. */
export interface AddedFiles {
	/** Ids of the new items, also of rejected ones, and of items that were waiting for a file and start again. */
	readonly added: readonly string[];
	/** Files that were left out because the list has them. */
	readonly skipped: number;
	/** Ids among the new items of those that the limits reject, with the reasons. */
	readonly rejected: readonly { readonly id: string; readonly error: UploadError }[];
}

/**
 * Files that are uploaded side by side, for a user interface: a store to subscribe to, and what the user can do with
 * each file. All methods are bound; those with an `id` do nothing for one that is gone.
 */
export interface UploadList<Data = unknown> {
	/**
	 * Calls the listener after every change of {@link snapshot}. With `snapshot`, the arguments of React's
	 * `useSyncExternalStore`.
	 *
	 * @param listener - Called after every change, once for all that change in one task.
	 * @returns Ends the subscription.
	 */
	subscribe(listener: () => void): () => void;
	/** @returns How the list stands, also on a server that renders the page. */
	snapshot(): UploadListSnapshot;
	/**
	 * @param id - Of `snapshot().ids`.
	 * @returns The item; undefined for one that was removed.
	 */
	item(id: string): UploadItem<Data> | undefined;
	/**
	 * Adds files. A DataTransfer or FileList is read before the call returns, so the page may empty it. The folders of a
	 * drop are walked.
	 *
	 * @param files - Of a picker, a drop or a paste.
	 * @returns What was added.
	 */
	add(files: AddableFiles): Promise<AddedFiles>;
	/** Starts the files that are queued, with `start: "manual"`. */
	start(): void;
	/**
	 * Pauses uploads: parts in flight finish.
	 *
	 * @param id - One item; by default all of them, and those that are added meanwhile.
	 */
	pause(id?: string): void;
	/**
	 * Continues paused uploads. Files that are added later start again.
	 *
	 * @param id - One item; by default all of them.
	 */
	resume(id?: string): void;
	/**
	 * Uploads what failed or was aborted once more.
	 *
	 * @param id - One item; by default all that failed.
	 */
	retry(id?: string): void;
	/**
	 * Ends uploads and discards them on the server.
	 *
	 * @param id - One item; by default all of them.
	 */
	abort(id?: string): void;
	/**
	 * Removes an item, and aborts its upload. That of a `needs-file` item is discarded.
	 *
	 * @param id - The item.
	 */
	remove(id: string): void;
	/** Removes the items that have ended. */
	clear(): void;
	/**
	 * Uploads an item under another key, such as after `already-exists`.
	 *
	 * @param id - An item that is queued, failed or aborted.
	 * @param key - The other key.
	 */
	rename(id: string, key: string): void;
	/**
	 * Gives a `needs-file` item the file that its upload began with.
	 *
	 * @param id - The item.
	 * @param file - The file, chosen again.
	 */
	attach(id: string, file: UploadInput): void;
	/** Aborts everything, and ends all subscriptions. */
	dispose(): void;
}
