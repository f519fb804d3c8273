import type { ChecksumAlgorithm, CompleteReply } from "#protocol";
import type { UploadError } from "../errors.js";
import type { Api, CompleteDraft } from "../http/api.js";
import type { Progress, Settings } from "../options.js";
import type { Platform, StreamSource, UploadSource } from "../platform.js";
import type { ConcurrencyLimiter, Slot } from "./concurrency-limiter.js";
import type { PauseGate } from "./pause-gate.js";
import type { ProgressMeter } from "./progress.js";
import type { Semaphore } from "./semaphore.js";
import type { Throttle } from "./throttle.js";
import type { UploadNote } from "./timeline.js";

/** Timeout in milliseconds of the call that aborts an upload on the server. */
export const abortTimeoutMs = 10_000;

/** Milliseconds that an upload which has ended waits for its cleanup on the server and in the resume store. */
export const abortGraceMs = 300;

/** Calls a listener of the caller: later, and in the caller's async context. */
export type Notify = (listener: () => void) => void;

/** Connects the steps of an upload with its handle. */
export interface Control {
	readonly settings: Settings;
	/** Aborted by the caller only. */
	readonly signal: AbortSignal;
	/** Closed while paused. */
	readonly gate: PauseGate;
	readonly setProgress: (progress: Progress) => void;
	/** Sets whether the device appears to be online. */
	readonly setOnline: (is: boolean) => void;
	readonly setPhase: (phase: "uploading" | "completing") => void;
	/** Shows that the file is stored, and the server is still at work on it. */
	readonly setPending?: (() => void) | undefined;
	/**
	 * Shows that the upload waits, unless another request is under way.
	 *
	 * @param at when the next attempt begins, in milliseconds since the epoch; undefined once it has
	 */
	readonly setRetrying: (at: number | undefined) => void;
	/** Counts a request as in flight until its promise settles. */
	readonly trackRequest: <Value>(request: Promise<Value>) => Promise<Value>;
	/** Shows why an attempt failed, until the upload progresses. */
	readonly setError: (error: UploadError) => void;
	/** Adds an event to the report; it must hold nothing secret. */
	readonly addEvent: (event: UploadNote) => void;
}

/** What all uploads of a client share. */
export interface ClientState {
	/** Checksum algorithm of single uploads by the first segment of their keys, from the latest plan. */
	readonly algorithms: Map<string, ChecksumAlgorithm | undefined>;
	/** Calls that find whether the operations below an endpoint reach the upload handler, by its URL; shared by all clients. */
	readonly checks: Map<string, Promise<void>>;
	/** Limits the bodies in flight. */
	readonly limiter: ConcurrencyLimiter;
	/** Limits the bodies in flight to each host name of a storage; the first one is of whole files too. */
	readonly hosts: [Semaphore, ...Semaphore[]];
	/** Of the option `maxBytesPerSecond`, once an upload has it. */
	throttle?: Throttle;
	/** Limits concurrent create calls. Never held while waiting for the limiter. */
	readonly createCalls: Semaphore;
}

/** The context of all steps of one upload. */
export interface UploadContext extends Control {
	readonly meter: ProgressMeter;
	readonly platform: Platform;
	readonly api: Api;
	readonly client: ClientState;
	/** Absent without the option `maxBytesPerSecond`. */
	readonly throttle?: Throttle | undefined;
	/** The slot of the whole file as one body. */
	readonly slot: Slot;
	readonly key: string;
	readonly source: UploadSource | StreamSource;
}

/** Asks the server to complete the upload, once it is not paused. */
export async function complete(
	{ api, signal, gate, setPhase }: UploadContext,
	request: CompleteDraft,
): Promise<CompleteReply> {
	await gate.pass(signal);
	setPhase("completing");
	return await api.complete(request, signal);
}
