import type { ChecksumAlgorithm, Outcome } from "#protocol";
import type { UploadError } from "./errors.js";

/** What must be known of a runtime to check options. */
export interface Runtime {
	/** Requests with a body that may be in flight at once to one host. */
	readonly maxConcurrency: number;
	/** What a relative `endpoint` is resolved against; absent = endpoints are absolute. */
	readonly baseUrl?: string | undefined;
	/** Resolves when the network is back without which no code can come; undefined while nothing is known to be wrong. */
	readonly outage?: () => Promise<void> | undefined;
	/** Gives a function that calls back in the async context of this call. */
	readonly captureContext?: () => (callback: () => void) => void;
	/** Makes the calls to the endpoint unless an option does; absent = the global `fetch`. */
	readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
}

/** The seam between the upload logic and a runtime. `browser/` and `node/` each fill it once. */
export interface Platform extends Runtime {
	/** The digests this runtime computes without help. */
	readonly hashers: Readonly<Partial<Record<ChecksumAlgorithm, () => Hasher>>>;
	/** Makes a source of whatever this runtime's callers hand in; throws a TypeError that names what it takes. */
	openSource(file: unknown): Promise<UploadSource>;
	/** Where `resume: true` keeps its records. */
	openResumeStore(): Promise<ResumeStore>;
	/**
	 * Reads the first part of a stream. One that ends within it is a source like any other.
	 *
	 * @param signal ends the wait for the stream
	 * @param size bytes, as far as the caller knows them
	 */
	openStream(
		stream: ByteStream,
		signal: AbortSignal,
		size: number | undefined,
	): Promise<UploadSource | StreamSource>;
	/**
	 * One attempt to send one body. Resolves with the whole answer, whatever its status; rejects with
	 * the signal's reason when aborted, a `StallError` when nothing moved in time, and otherwise a
	 * TypeError of the message `fetch failed`, which ky takes for a network failure.
	 */
	send(request: OutgoingRequest, body: UploadBody, options: SendOptions): Promise<Response>;
	/** Tells apart what fails alike, for the requests of {@link send} and the calls to the endpoint. */
	readonly reachability: Reachability;
}

/** What a failed attempt means, and the error to end with where it means the end. */
export type Failure = readonly [outcome: Outcome | "offline", error: () => UploadError];

/** Where a request goes, and how far the latest attempt came. */
export interface Target {
	readonly peer: "endpoint" | "storage";
	readonly origin: string;
	/** Whether its body has left in part: then the peer wanted it, and has not had all of it. */
	readonly midway?: boolean | undefined;
}

export interface Reachability {
	/** This origin has answered readably. */
	answered(origin: string): void;
	/**
	 * Looks into a failure without an answer.
	 *
	 * @returns `offline` when the device has no network; undefined when there is no more to say than that
	 *   the request was lost
	 */
	explain(
		error: unknown,
		target: Target,
		signal: AbortSignal,
	): Promise<"offline" | Failure | undefined>;
	/** Waits for the network to come back, for some seconds at most: then another attempt shall tell. */
	reconnect(signal: AbortSignal): Promise<void>;
	/** How many such waits in a row are worth it. */
	readonly patience: number;
}

/** Bytes of known length that can be read again and again, in any order. */
export interface UploadSource {
	/** Bytes. */
	readonly size: number;
	/** The MIME type, where the input knows it. */
	readonly type?: string | undefined;
	/** What a later run of the program knows the same bytes by. Without a name, unfinished uploads of it cannot be resumed. */
	readonly identity?: SourceIdentity | undefined;
	/**
	 * A piece of the source. Reads nothing yet.
	 *
	 * @param start - First byte, from 0.
	 * @param end - The byte after the last one.
	 * @returns The piece, which can be read again and again.
	 */
	slice(start: number, end: number): UploadBody;
	/** Lets go of what `open` took. Safe to repeat. */
	close(): Promise<void>;
}

/** Bytes that come once, one after the other, and are more than a part. */
export interface StreamSource {
	/** Bytes, as the caller said; null while unknown. */
	readonly size: number | null;
	/** A stream knows none. */
	readonly type?: undefined;
	/** The next bytes, as many as these; fewer only where the stream ends. One call at a time. */
	take(bytes: number, signal: AbortSignal): Promise<TakenBody>;
	/** Waits for the next byte; false where the stream ends. */
	more(signal: AbortSignal): Promise<boolean>;
	/** Cancels the stream unless it has ended. Safe to repeat. */
	close(): Promise<void>;
}

/** Bytes of a stream that are kept for as long as they may have to be sent again. */
export interface TakenBody extends UploadBody {
	/** Gives their memory to the bytes that come next. */
	release(): void;
}

/** Bytes that come by and by, of any length; Node's own streams are of this kind too. */
export type ByteStream = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** What a file is known by, beside its size and the bytes at a few places: as a `File` says it. */
export interface SourceIdentity {
	/** The file's, or its path. */
	readonly name?: string | undefined;
	/** When it was written to; only compared. */
	readonly lastModified?: number | string | undefined;
}

/** What {@link Platform.openSource} takes beside a runtime's own types: `fromPath` returns one. */
export interface OpenableSource {
	/**
	 * Called once for each upload.
	 *
	 * @returns The bytes to upload.
	 */
	open(): Promise<UploadSource>;
}

/**
 * Where records of unfinished uploads outlive the page or the process. A record is at most some 150 kB
 * of text, and holds the upload's token: who can read it can write to that one key, within the rule
 * under which the upload began and as the same principal. It is worth keeping for 37 days after it was
 * last set: then its token is good for nothing any more.
 *
 * A store that rejects, or takes longer than 5 s, costs the resume and never the upload.
 */
export interface ResumeStore {
	/**
	 * Reads a record.
	 *
	 * @param id - 64 hexadecimal digits, made of endpoint, key and file.
	 * @returns The record, undefined where there is none.
	 */
	get(id: string): Promise<string | undefined>;
	/**
	 * Writes a record over the one before.
	 *
	 * @param id - 64 hexadecimal digits.
	 * @param record - At most some 150 kB of text.
	 */
	set(id: string, record: string): Promise<void>;
	/**
	 * Removes a record. Safe to repeat.
	 *
	 * @param id - 64 hexadecimal digits.
	 */
	delete(id: string): Promise<void>;
	/**
	 * Waits until no other upload holds the lock of this id, in this program or another, and takes it.
	 * The lock of a program that ended must not stay. Without this member, uploads of the same file
	 * that run at once send its parts twice.
	 *
	 * @param id - 64 hexadecimal digits.
	 * @param signal - Ends the wait: the promise rejects.
	 * @returns A function that releases the lock.
	 */
	readonly lock?:
		| ((id: string, signal: AbortSignal) => Promise<() => Promise<void> | void>)
		| undefined;
}

/** A piece of a source. Only the runtime that made it knows how to send it. */
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

export interface SendOptions {
	readonly signal: AbortSignal;
	/** Milliseconds without a byte while sending; four times that while waiting for the answer. */
	readonly stallTimeout: number;
	/** Bytes of this attempt that have left so far. */
	readonly onSent: (bytes: number) => void;
	/** Fed with every byte of the body, in order, before the promise of the attempt resolves with a 2xx. */
	readonly hash?: Hasher | undefined;
}

/** A running digest. */
export interface Hasher {
	update(chunk: Uint8Array): void;
	/** Base64 of the big-endian digest bytes. Ends the hasher. */
	digest(): string;
}

/** No byte moved for too long. */
export class StallError extends Error {
	override readonly name = "StallError";
}
