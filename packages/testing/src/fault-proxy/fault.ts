import type { ProxiedOperation } from "./operation.js";

/** An answer that the proxy gives in the target's place. */
export interface FalseAnswer {
	readonly kind: "answer";
	/**
	 * `early`: while the body is still being sent, and closes the connection. `body`: when it is read, and
	 * the target never sees the request. `target`: in place of the target's own answer.
	 */
	readonly when: "early" | "body" | "target";
	readonly status: number;
	/** Error code of S3, sent inside of its XML; absent = the JSON of a gateway. */
	readonly code?: string;
	readonly message?: string;
	/** Seconds. */
	readonly retryAfter?: number;
}

/** What happens to one request. */
export type FaultEffect =
	/** The connection is reset before, in the middle of, or right at the end of the body; the target never has it whole. */
	| { readonly kind: "reset"; readonly at: "start" | "middle" | "end" }
	/** Nothing moves any more: in the middle of the body, or where the answer should come. The target sees the latter whole. */
	| { readonly kind: "stall"; readonly at: "body" | "answer" }
	/** The target answers, and the connection is reset instead. */
	| { readonly kind: "lose" }
	/** The target's answer is cut off in the middle. */
	| { readonly kind: "cut" }
	/** One bit in the middle of the body is another on its way to the target. */
	| { readonly kind: "flip" }
	/** The body passes at so many bytes per second. */
	| { readonly kind: "slow"; readonly bandwidth: number }
	/** The request waits so many milliseconds. */
	| { readonly kind: "delay"; readonly latency: number }
	/** Something else happens first, such as another writer; then the request passes. `target`: its path and query as sent, so it may be signed. */
	| { readonly kind: "first"; readonly act: (target: string) => Promise<unknown> }
	| FalseAnswer;

/** How an upload may end that a fault has hit, when it does not succeed. */
export interface FaultEnd {
	/** How often the same request must be hit, one after the other. */
	readonly hits: number;
	/** The `code` of the upload's error. */
	readonly code: string;
}

export interface Fault {
	/** Stands in the log. */
	readonly name: string;
	/** The operations that it makes sense for. */
	readonly on: readonly ProxiedOperation[];
	readonly effect: FaultEffect;
	/** Absent = an upload gets over it, however often it comes within the budgets of its retries. */
	readonly ends?: FaultEnd;
}
