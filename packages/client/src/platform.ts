import type { ChecksumAlgorithm, Outcome } from "#protocol";
import type { UploadError } from "./errors.js";
import type { ResumeStore } from "./resume-store.js";

/** What the upload logic needs from a runtime; implemented once in `browser/` and once in `node/`. */
export interface Platform {
	/** Requests with a body that may be in flight at once to one host. */
	readonly maxConcurrency: number;
	/** Whether {@link send} can wait between the bytes of a body. */
	readonly pacesBytes?: boolean;
	/** What a relative `endpoint` is resolved against; undefined where there is no page. */
	readonly baseUrl?: () => string | undefined;
	/**
	 * Resolves when the network is back, since code can't be loaded without it; undefined when it is
	 * available.
	 */
	readonly outage?: () => Promise<void> | undefined;
	/** Runs a task when the page is idle, unless the user saves data; absent where no code is prefetched. */
	readonly whenIdle?: (task: () => void) => void;
	/** Returns a function that runs callbacks in the async context of this call. */
	readonly captureContext?: () => (callback: () => void) => void;
	/** Permits any number of listeners on the signals, where the runtime warns of more than ten. */
	readonly allowListeners?: (...signals: (AbortSignal | undefined)[]) => void;
	/** The digests that this runtime can compute; some are loaded at first use. */
	readonly hashers: Readonly<Partial<Record<ChecksumAlgorithm, () => Hasher | Promise<Hasher>>>>;
	/** Converts a runtime's own stream type, such as Node's; undefined for other values. */
	readonly toStream?: (file: unknown) => ByteStream | undefined;
	/**
	 * Makes a source of a file or bytes. Bytes in memory are copied before it returns.
	 *
	 * @throws TypeError that names the accepted types.
	 */
	openSource(file: unknown): Promise<UploadSource | ByteStream>;
	/** Keeps samples of a source, where reading one that has changed may not fail. Safe to repeat. */
	readonly takeSamples?: (source: UploadSource) => Promise<void>;
	/**
	 * Called before the parts of a source are joined.
	 *
	 * @throws UploadError `file-changed` where its samples are not what they were.
	 */
	readonly checkSamples?: (source: UploadSource, signal: AbortSignal) => Promise<void>;
	/** The store of `resume: true`. Rejects where records can't be stored safely. */
	openResumeStore(): Promise<ResumeStore>;
	/** Makes sources of bytes in memory. */
	readonly memory: MemorySources;
	/**
	 * One attempt to send one body. Resolves with the whole response, whatever its status; rejects with
	 * the signal's reason when aborted, a {@link StallError} when nothing moved in time, and a
	 * {@link NetworkError} when the connection failed. Any other error ends the upload.
	 */
	send(request: OutgoingRequest, body: UploadBody, options: SendOptions): Promise<Response>;
	/**
	 * Makes a call to the endpoint that follows redirects as POST within its origin, where the runtime shows them.
	 * Absent where it hides them: redirects are then refused.
	 */
	readonly followRedirects?: (
		request: Request,
		fetch: (request: Request) => Promise<Response>,
	) => Promise<Response>;
	/** Diagnoses failures of {@link send} and of the calls to the endpoint. */
	readonly reachability: Reachability;
}

/** What a failed attempt means, and the error to reject with where no attempt follows. */
export type Failure = readonly [outcome: Outcome | "offline", error: UploadError];

/** Where a request goes, and how much of the latest attempt was sent. */
export interface Target {
	readonly peer: "endpoint" | "storage";
	readonly origin: string;
	/** The path of a call to the endpoint. */
	readonly path?: string | undefined;
	/** Whether a part of its body was sent, and not all: then the peer has accepted the request. */
	readonly partiallySent?: boolean | undefined;
}

export interface Reachability {
	/**
	 * To be called before each request.
	 *
	 * @throws UploadError `blocked` where the runtime refuses every request to this origin.
	 */
	readonly check?: (target: Target) => Promise<void>;
	/** To be called when this origin has answered readably. */
	answered(origin: string): void;
	/**
	 * Diagnoses a failure without a response.
	 *
	 * @returns `offline` when the device has no network; undefined when no more is known than that the
	 *   request was lost
	 */
	explain(
		error: unknown,
		target: Target,
		signal: AbortSignal,
	): Promise<"offline" | Failure | undefined>;
	/** Adds a sentence to the error's message if a service worker may have answered. */
	readonly nameWorker?: (error: UploadError) => void;
	/** Waits for the network to come back, for some seconds at most: then another attempt finds out. */
	reconnect(signal: AbortSignal): Promise<void>;
	/** Such waits in a row, after which an upload fails. */
	readonly maxReconnectWaits: number;
}

/** Bytes of known length that can be read again and again, in any order. */
export interface UploadSource {
	/** Bytes. */
	readonly size: number;
	/** The MIME type, where the input knows it. */
	readonly type?: string | undefined;
	/** Identifies the same bytes to a later run of the program. Without a name, an unfinished upload cannot be resumed. */
	readonly identity?: SourceIdentity | undefined;
	/**
	 * A piece of the source. Reads nothing yet.
	 *
	 * @param start - First byte, from 0.
	 * @param end - The byte after the last one.
	 * @returns The piece, which can be read again and again.
	 */
	slice(start: number, end: number): UploadBody;
	/** Releases what opening it took. Safe to repeat. */
	close(): Promise<void>;
}

export interface MemorySources {
	/** Makes a source of bytes. */
	toSource(bytes: Uint8Array<ArrayBuffer>): UploadSource;
	/** Whether it copies them; otherwise they must stay unchanged until they are stored. */
	readonly copies: boolean;
}

/** A stream longer than one part, which can be read once, in order. */
export interface StreamSource {
	/** Bytes, from the option `size`; null while unknown. */
	readonly size: number | null;
	/** A stream has no MIME type. */
	readonly type?: undefined;
	/** Reads this many bytes; fewer only where the stream ends. One call at a time. */
	take(bytes: number, signal: AbortSignal): Promise<HeldBody>;
	/** Waits for the next byte; false where the stream ends. */
	hasMore(signal: AbortSignal): Promise<boolean>;
	/** Cancels the stream unless it has ended. Safe to repeat. */
	close(): Promise<void>;
}

/** Bytes of a stream, held in memory until they are stored, so that they can be sent again. */
export interface HeldBody extends UploadBody {
	/** Releases the memory for the next bytes of the stream. */
	release(): void;
}

/** A stream of bytes, of any length; Node's own streams are one too. */
export type ByteStream = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** What identifies a file, in addition to its size and samples of its bytes; a `File` fits. */
export interface SourceIdentity {
	/** The file's name or path. */
	readonly name?: string | undefined;
	/** The time of its last modification; only compared for equality. */
	readonly lastModified?: number | string | undefined;
	/**
	 * Whether every change of the bytes changes `lastModified`. Otherwise a resumed upload reads the stored parts
	 * of the file again, and resends those that differ.
	 *
	 * @default false
	 */
	readonly exact?: boolean | undefined;
}

/** What can be uploaded beside a runtime's own types: `fromPath` returns one. */
export interface OpenableSource {
	/**
	 * Called once for each upload.
	 *
	 * @returns The bytes to upload, or a stream of them.
	 */
	open(): Promise<UploadSource | ByteStream>;
}

/** A range of a source. Only the runtime that made it can send it. */
export interface UploadBody {
	/** Bytes. */
	readonly size: number;
	/**
	 * Reads the piece from its start.
	 *
	 * @returns Its bytes in order, in chunks of at most 1 MiB; a chunk is valid until the next one is read.
	 */
	chunks(): AsyncIterable<Uint8Array>;
}

export interface OutgoingRequest {
	readonly method: string;
	readonly url: string;
	readonly headers: Readonly<Record<string, string>>;
}

/**
 * Waits until the next bytes of a body may be sent.
 *
 * @param most bytes that could be sent
 * @param onWait called at least each quarter of a second, with the milliseconds that were waited since the last call
 * @returns how many of them may be sent
 */
export type Pacer = (
	most: number,
	signal: AbortSignal,
	onWait: (milliseconds: number) => void,
) => Promise<number>;

export interface SendOptions {
	readonly signal: AbortSignal;
	/** Milliseconds without a byte while sending; while waiting for the response, {@link responseTimeout}. */
	readonly stallTimeout: number;
	/** A `node:http` Agent for the connection; ignored in browsers. */
	readonly agent?: object | undefined;
	/** A Dispatcher of undici, instead of the agent; ignored in browsers. */
	readonly dispatcher?: object | undefined;
	/** Called with the bytes that this attempt has sent so far. */
	readonly onSent: (bytes: number) => void;
	/** Called before bytes are sent, by a runtime that {@link Platform.pacesBytes}. */
	readonly pace?: Pacer | undefined;
	/** Gets every byte of the body, in order, before the promise of the attempt resolves with a 2xx. */
	readonly hash?: Hasher | undefined;
}

/** A running digest. */
export interface Hasher {
	update(chunk: Uint8Array): void;
	/**
	 * Reads a whole body on another thread, instead of updates with its chunks.
	 *
	 * @returns whether it did; otherwise its chunks have to be passed to {@link update}.
	 */
	readonly digestBody?: (body: UploadBody, signal: AbortSignal) => Promise<boolean>;
	/** Base64 of the big-endian digest bytes. Ends the hasher. */
	digest(): string;
}
