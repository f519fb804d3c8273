import type { Checksum } from "#protocol";
import type { UploadError } from "./errors.js";
import type { Progress, UploadOptions } from "./options.js";
import type { ByteStream, OpenableSource } from "./platform.js";

/** A file of React Native, as pickers and file systems tell of one. */
export interface FileReference {
	/** Where the file is, such as `file:///…`. */
	readonly uri: string;
	/** The file's name. @default the end of `uri` */
	readonly name?: string | undefined;
	/** The MIME type. @default none */
	readonly type?: string | null | undefined;
	/** Bytes; needed, though pickers do not always tell. */
	readonly size?: number | null | undefined;
	/**
	 * Milliseconds since the epoch. Files that differ in it are different files: only with it, or with `checksum`, an
	 * upload that was interrupted continues, since nothing else tells that the file is the same.
	 *
	 * @default unknown
	 */
	readonly lastModified?: number | undefined;
}

/**
 * What can be uploaded. Buffers and views are copied at the call, at most 100 MB; Blobs, Files and paths are
 * read later. `fromPath` of `@skyput/client/node` makes an {@link OpenableSource}; Node's own streams are a {@link ByteStream}, which is read once, cancelled when its upload fails, and can not be
 * uploaded a second time. A {@link FileReference} is for React Native alone.
 */
export type UploadInput =
	| Blob
	| ArrayBufferLike
	| ArrayBufferView
	| OpenableSource
	| ByteStream
	| FileReference;

export type UploadState =
	| "starting"
	| "uploading"
	| "paused"
	| "offline"
	| "retrying"
	| "completing"
	| "done"
	| "failed"
	| "aborted";

/** How an upload stands. Immutable: the same object until something changes. */
export interface UploadSnapshot {
	readonly state: UploadState;
	/** Bytes; never falls. */
	readonly loaded: number;
	/** Bytes; absent while unknown. */
	readonly total?: number | undefined;
	/** Absent unless bytes move. */
	readonly bytesPerSecond?: number | undefined;
	/** Absent unless bytes move and the total is known. */
	readonly secondsLeft?: number | undefined;
	/** True while the file is stored and the server is at work on it, such as a scanner; only while `completing`. */
	readonly pending?: boolean | undefined;
	/** Why the latest attempt failed, until the upload gets further; in the end, what it rejected with. */
	readonly error?: UploadError | undefined;
	/** Milliseconds since the epoch: when the next attempt begins. Only while `retrying`. */
	readonly retryingAt?: number | undefined;
}

/** What happened to an upload; `at` is in milliseconds since it began. */
export type UploadEvent = { readonly at: number } & (
	| { readonly type: "state"; readonly state: UploadState }
	| {
			readonly type: "failure";
			readonly code: string;
			readonly message: string;
			/** HTTP status of the response, where there was one. */
			readonly status?: number | undefined;
			/** Where the request went. */
			readonly host?: string | undefined;
			readonly requestId?: string | undefined;
			/** Milliseconds until the next attempt; absent where none follows. */
			readonly retryIn?: number | undefined;
	  }
	/**
	 * Number of parts stored so far, and the milliseconds that half of them took at most, and 99 of 100, from the first
	 * byte to the response. Of consecutive events of this type, only the last is kept.
	 */
	| {
			readonly type: "parts";
			readonly stored: number;
			readonly median?: number | undefined;
			readonly p99?: number | undefined;
	  }
);

/** A timeline of an upload for bug reports: plain JSON, without keys, URLs, tokens and credentials. */
export interface UploadReport {
	/** Of `@skyput/client`. */
	readonly version: string;
	/** The `navigator.userAgent`, which names Node too. */
	readonly runtime?: string | undefined;
	/** ISO 8601. */
	readonly startedAt: string;
	/** Absent when the options were invalid. */
	readonly settings?: Readonly<Record<string, unknown>> | undefined;
	readonly state: UploadState;
	/** Of the latest failure, as in {@link UploadSnapshot.error}. */
	readonly code?: string | undefined;
	/** Bytes. */
	readonly loaded: number;
	readonly total?: number | undefined;
	/** At most 200: the first 40, and the latest. */
	readonly events: readonly UploadEvent[];
	/** Events between these that were dropped. */
	readonly omitted: number;
}

/** What was stored. */
export interface UploadResult<Data = unknown> {
	/** The object's key; the server may have chosen another than the one asked for. */
	readonly key: string;
	/** Bytes. */
	readonly size: number;
	readonly etag?: string | undefined;
	readonly version?: string | undefined;
	/** Checksum of the stored bytes; present only when they were verified. */
	readonly checksum?: Checksum | undefined;
	/**
	 * Whether the stored bytes were verified to be the file's: by the storage, or by comparing the storage's
	 * digest. False when the storage verifies nothing, and with `checksum: false`.
	 */
	readonly verified: boolean;
	/** What the rule's `onComplete` returned; undefined without one. */
	readonly data: Data;
	/** The server's signed statement of what was stored, where it has a `proofKey`. */
	readonly proof?: string | undefined;
	/**
	 * False while the file is not at its key: it was not processed yet (with `wait: false`), or it is held. Absent
	 * where the key's rule has no quarantine.
	 */
	readonly available?: boolean | undefined;
	/** Why it is held. */
	readonly reason?: string | undefined;
}

/** How a file stands on the server. */
export interface FileStatus {
	/** `pending`: it waits to be processed, or is held; then it has a `reason`. */
	readonly state: "uploading" | "pending" | "available" | "rejected";
	/** Why it was rejected or is held: a stable word, such as `malware` or `already-exists`. */
	readonly reason?: string | undefined;
}

/**
 * A running upload: a promise of the result, with controls. Every rejection is an `UploadError`. An `async`
 * function that returns the handle awaits it; to hand it out, wrap it: `return { upload }`. All methods
 * are bound.
 *
 * A rejection that nobody handles is reported as unhandled, except after the first `subscribe()`,
 * `snapshot()` or `progress()`, and after `abort()`.
 */
export interface UploadHandle<Result> extends Promise<Result> {
	readonly state: UploadState;
	/** The promise without the controls. After it was read, handle rejections on it instead of on the handle. */
	readonly result: Promise<Result>;
	/**
	 * Starts no new requests. Requests in flight finish; a failed one waits. Failed calls to the endpoint are
	 * retried meanwhile, without counting against the retry limits.
	 */
	pause(): void;
	resume(): void;
	/**
	 * Ends the upload and discards it on the server. Rejects with code `aborted`.
	 *
	 * @param reason - Becomes the error's `cause`.
	 */
	abort(reason?: unknown): void;
	/**
	 * For `for await`.
	 *
	 * @returns The latest progress whenever it changed, at most every 100 ms; ends with the upload, without
	 *   throwing.
	 */
	progress(): AsyncIterable<Progress>;
	/**
	 * Calls the listener after every change of {@link snapshot}: of the state at once, of the progress at most
	 * every 100 ms. With `snapshot`, the arguments of React's `useSyncExternalStore`.
	 *
	 * @param listener what it throws is reported as an uncaught error, and the upload continues
	 * @returns ends the subscription
	 */
	subscribe(listener: () => void): () => void;
	/** @returns How the upload stands, also on a server that renders the page. */
	snapshot(): UploadSnapshot;
	/** @returns What happened so far, for bug reports. */
	report(): UploadReport;
}

/** A running upload of one file. */
export interface Upload<Data = unknown> extends UploadHandle<UploadResult<Data>> {
	/**
	 * Asks how the file stands on the server, also once the upload has ended.
	 *
	 * @returns The status; `uploading` before the upload has begun.
	 * @throws UploadError when the server cannot be asked.
	 */
	status(): Promise<FileStatus>;
}

/** An upload that a reload, a crash or a lost connection left unfinished. */
export interface PendingUpload<Data = unknown> {
	/** As it was asked for. */
	readonly key: string;
	/** The file's; in Node its path. */
	readonly name: string;
	/** Bytes. */
	readonly size: number;
	/** Bytes that were stored when it broke off. */
	readonly sent: number;
	/** Milliseconds since the epoch. */
	readonly begun: number;
	/**
	 * Continues it with the content type and metadata of before. Never throws: errors reject the returned promise.
	 *
	 * @param file - The same file, chosen again. Another one is refused with `file-changed`.
	 * @param options - Options of the upload.
	 * @returns The running upload: a promise of the result, with controls.
	 */
	resume(file: UploadInput, options?: UploadOptions): Upload<Data>;
	/**
	 * Discards it, on the server too where that can be reached.
	 *
	 * @returns Resolves once its record is deleted.
	 * @throws UploadError `internal` for a `ResumeStore` that fails.
	 */
	forget(): Promise<void>;
}
