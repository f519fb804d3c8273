import type { ErrorMessages } from "./errors.js";
import type { ResumeStore } from "./resume-store.js";

/** How far an upload has come. */
export interface Progress {
	/** Bytes; never falls, although a failed attempt is sent again. */
	readonly loaded: number;
	/** Bytes; absent while unknown. */
	readonly total?: number | undefined;
	/** Smoothed over some seconds. */
	readonly bytesPerSecond: number;
	/** Absent while nothing moves or the total is unknown. */
	readonly secondsLeft?: number | undefined;
}

/** Header names and values; neither type needs TypeScript's DOM library. */
export type HeaderValues = Headers | Readonly<Record<string, string>>;

/** Headers for calls to the endpoint, or a function called before each of them. */
export type HeadersOption =
	| HeaderValues
	| (() => HeaderValues | undefined | Promise<HeaderValues | undefined>);

/** How often a request may fail without progress in between. */
export interface RetryOptions {
	/** Responses that ask for another attempt, such as 503. @default 8 */
	readonly limit?: number | undefined;
	/** Attempts without a response: connection lost, stalled. @default 20 */
	readonly networkLimit?: number | undefined;
}

/** {@link RetryOptions} with the defaults filled in. */
export type RetryLimits = Readonly<Record<keyof RetryOptions, number>>;

/** How urgent an upload is, compared with others of its client. */
export type UploadPriority = (typeof priorities)[number];

/** All priorities, the highest first. */
export const priorities = ["high", "normal", "low"] as const;

/** Options of a client, and of a single upload over them. */
export interface TransferOptions {
	/**
	 * The most bodies, whole files or parts, in flight at once: a client's for all its uploads together, an
	 * upload's own for its parts. Below this ceiling the client adapts their number to the connection.
	 *
	 * @default 6 in browsers for each host name of the storage, 16 in Node, which are the limits too; 4 for a
	 *   stream, since its parts in flight are held in memory
	 */
	readonly concurrency?: number | undefined;
	/** How often a request that failed is sent again. @default { limit: 8, networkLimit: 20 } */
	readonly retry?: RetryOptions | undefined;
	/**
	 * Milliseconds without a byte while sending; four times that while waiting for the response, and less once ten
	 * parts were answered sooner.
	 *
	 * @default 30000
	 */
	readonly stallTimeout?: number | undefined;
	/** Computes a digest of the file for the storage or the server to verify. @default true */
	readonly checksum?: boolean | undefined;
	/** Sent with the calls to the endpoint, never to the storage. @default none */
	readonly headers?: HeadersOption | undefined;
	/**
	 * In Node, the `http.Agent` or `https.Agent` that sends the file's bytes, for a proxy or certificates of your
	 * own; ignored in browsers. For an agent of `node:https` all storage URLs must be https.
	 *
	 * @default pools of the client, with the proxies that Node's own agents use
	 */
	readonly agent?: object | undefined;
	/**
	 * In Node, a `Dispatcher` of undici that sends the file's bytes, such as its `ProxyAgent`, instead of `agent`;
	 * ignored in browsers.
	 *
	 * @default none
	 */
	readonly dispatcher?: object | undefined;
	/**
	 * Makes the calls to the endpoint. Like the global `fetch` it resolves whatever the status: a ky instance needs
	 * `throwHttpErrors: false`, and `retry: 0`, since the client retries.
	 *
	 * @default the global `fetch`
	 */
	readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
	/**
	 * Own words for errors, by code: a sentence, or a function of the error, whose `values` has its numbers and
	 * names. They replace the `message`; `report()` keeps ours.
	 *
	 * @default none: the messages are English
	 */
	readonly messages?: ErrorMessages | undefined;
	/** Files above this many bytes use multipart upload. @default 100000000 */
	readonly multipartThreshold?: number | undefined;
	/**
	 * Continues an interrupted multipart upload where it stopped, after a reload, a crash, a restart or a lost
	 * connection: upload the same file again to the same key, with the same type and metadata. Records are kept
	 * in IndexedDB, in Node below `$XDG_STATE_HOME` (`~/.local/state`, `%LOCALAPPDATA%`) in `skyput/uploads`, or
	 * in a store of your own. Works for a `File` and `fromPath`, in pages on https or localhost; other uploads
	 * start over.
	 *
	 * @default false
	 */
	readonly resume?: boolean | ResumeStore | undefined;
}

/**
 * Bytes per second, from 1,000; or a function that returns them, called at least four times a second while bytes wait.
 * Undefined and infinity are no limit.
 */
export type SpeedLimit = number | (() => number | undefined);

/** Options of `createClient`. */
export interface ClientOptions extends TransferOptions {
	/**
	 * Where the upload handler is mounted. In browsers also relative to the page, resolved at the first upload; in
	 * workers to its origin.
	 */
	readonly endpoint: string | URL;
	/**
	 * The most bytes of files per second that all uploads of the client send together. Node paces them while it writes.
	 * Browsers can't slow a request down: whole files and parts follow one another at such distances that the limit holds
	 * in the mean. Of bare `uploadFile` calls to one endpoint, the limit of the latest counts for all that have one.
	 *
	 * @default no limit
	 */
	readonly maxBytesPerSecond?: SpeedLimit | undefined;
}

/** Options of one upload; they override those of its client. */
export interface UploadOptions extends TransferOptions {
	/** The MIME type. @default the file's own */
	readonly contentType?: string | undefined;
	/** Bytes of a stream, where they are known beforehand. @default the file's own size */
	readonly size?: number | undefined;
	/**
	 * Among the uploads of a client, those of higher priority get the connections that become free first. Requests in
	 * flight finish. Each lower priority that waits gets one connection of eight.
	 *
	 * @default "normal"
	 */
	readonly priority?: UploadPriority | undefined;
	/**
	 * Whether to wait until the server has processed the file, where the key's rule has quarantine. False: resolves
	 * when it is stored, with `available: false`.
	 *
	 * @default true
	 */
	readonly wait?: boolean | undefined;
	/** Called about ten times a second while the progress changes. @default none */
	readonly onProgress?: ((progress: Progress) => void) | undefined;
	/** Aborts the upload; its reason becomes the error's `cause`. @default none */
	readonly signal?: AbortSignal | undefined;
}

/** Options of a bare `uploadFile`. */
export interface UploadFileOptions extends ClientOptions, UploadOptions {
	/** Input of the rule's metadata schema. @default none */
	readonly metadata?: unknown;
}

/** All options of one upload, validated, with defaults filled in. */
export interface Settings extends UploadFileOptions {
	/** Absolute. */
	readonly endpoint: URL;
	/** Bodies in flight at once to one host. */
	readonly concurrency: number;
	/** The same to all hosts of a storage; infinite where it was not set. */
	readonly ceiling: number;
	readonly retry: RetryLimits;
	readonly stallTimeout: number;
	readonly checksum: boolean;
	readonly headers: HeadersOption;
	readonly fetch: (request: Request) => Promise<Response>;
	readonly multipartThreshold: number;
}
