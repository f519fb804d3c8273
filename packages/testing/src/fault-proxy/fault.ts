import type { ProxiedOperation } from "./operation.js";

/** A response that the proxy sends in the target's place. */
export interface InjectedResponse {
	readonly kind: "respond";
	/**
	 * When it is sent. `early`: while the body is still arriving; then the connection closes.
	 * `after-body`: once the body is read; the target never sees the request.
	 * `after-target`: instead of the target's own response.
	 */
	readonly when: "early" | "after-body" | "after-target";
	/** `after-target`: replaces only responses with this status. @default all */
	readonly replaces?: number | undefined;
	readonly status: number;
	/** An S3 error code, sent as S3's XML. Absent: the JSON body of an API gateway. */
	readonly code?: string | undefined;
	/** @default "Injected" */
	readonly message?: string | undefined;
	/** `Retry-After`, in seconds. */
	readonly retryAfter?: number | undefined;
	/** Lets pages of every origin read it, as a storage with a CORS rule does. @default false */
	readonly readable?: boolean | undefined;
}

/** What happens to one request. */
export type FaultEffect =
	/** Resets the connection before, in the middle of, or just before the end of the body. */
	| { readonly kind: "reset"; readonly at: "start" | "middle" | "end" }
	/** Stops in the middle of the body, or withholds the response of a target that has the whole request. */
	| { readonly kind: "stall"; readonly at: "request" | "response" }
	/** Resets the connection instead of passing on the target's response. */
	| { readonly kind: "drop-response" }
	/** Passes on half of the target's response, then closes the connection. */
	| { readonly kind: "truncate-response" }
	/** Flips one bit in the middle of the body. */
	| { readonly kind: "flip-bit" }
	/** Limits the body to `bandwidth` bytes per second. */
	| { readonly kind: "throttle"; readonly bandwidth: number }
	/** Holds the request for `latency` milliseconds. */
	| { readonly kind: "delay"; readonly latency: number }
	/** Limits the connection of the request to `bandwidth` bytes per second, for all later requests on it too. */
	| { readonly kind: "straggler"; readonly bandwidth: number }
	/** Reads the whole body and never responds; the target gets nothing. */
	| { readonly kind: "silence" }
	/**
	 * The address that the request came in at stops working: it resets its connections and refuses new ones, or
	 * with `silent` it accepts them and never responds. The last address that works only resets the connection.
	 */
	| { readonly kind: "dead-address"; readonly silent?: boolean | undefined }
	/**
	 * What only the storage can do; `startS3Server()` does it, other targets see a header that they ignore.
	 * `abort-upload`: a completion fails with 412 and ends its upload. `new-etag`: a body gets a random ETag,
	 * as under KMS.
	 */
	| { readonly kind: "abort-upload" | "new-etag" }
	/** Awaits `run`, such as a concurrent write, then forwards the request. `url` is path and query; they may be signed. */
	| { readonly kind: "run-first"; readonly run: (url: string) => Promise<unknown> }
	| InjectedResponse;

/** How an upload may fail because of a fault. */
export interface FaultFailure {
	/** How many times in a row the same request must be hit before the upload may fail. */
	readonly hits: number;
	/** The `code` of the upload's error. */
	readonly code: string;
}

/** A fault that the proxy can inject. */
export interface Fault {
	/** Unique; recorded in the log. */
	readonly name: string;
	/** The operations that it applies to. */
	readonly operations: readonly ProxiedOperation[];
	readonly effect: FaultEffect;
	/** Absent: an upload recovers, however often the fault hits within its retry budget. */
	readonly failure?: FaultFailure | undefined;
}
