import ky, { isHTTPError, isNetworkError } from "ky";
import { StallError } from "../platform.js";

/** Why an attempt failed. */
export type Failure =
	/** An answer other than a 2xx; its body is JSON where its type says so, else text. */
	| { readonly kind: "answer"; readonly response: Response; readonly body: unknown }
	/** No answer. */
	| { readonly kind: "network"; readonly cause: unknown; readonly timedOut: boolean }
	/** Nothing that another attempt could cure. */
	| { readonly kind: "fatal"; readonly error: unknown };

export interface Attempts {
	readonly method: "POST" | "PUT";
	/** Names the request in ky; what is sent is up to `attempt`. Its query is dropped: it may be a signature. */
	readonly url: string;
	readonly signal: AbortSignal;
	/** Sends once. */
	readonly attempt: () => Promise<Response>;
	/** Milliseconds until the next attempt, or null to give up. Not asked about fatal failures. */
	readonly onFailure: (failure: Exclude<Failure, { kind: "fatal" }>) => number | null;
	/** Runs after the wait and before the next attempt; what it throws ends the attempts. */
	readonly beforeRetry?: () => Promise<void>;
	/** The error to reject with, once given up. */
	readonly explain: (failure: Failure) => unknown;
}

/**
 * Sends a request until it is answered with a 2xx or `onFailure` gives up. ky drives: it calls
 * `attempt` as its `fetch`, and never holds a body, which it would clone for every attempt.
 */
export async function makeAttempts(attempts: Attempts): Promise<Response> {
	const { method, signal, attempt, onFailure, beforeRetry, explain } = attempts;
	let wait = 0;
	try {
		return await ky(withoutQuery(attempts.url), {
			method,
			signal,
			// an attempt has its own clock, which runs on bytes, not on the whole
			timeout: false,
			fetch: () => attempt(),
			retry: {
				// the budgets behind onFailure are the limit
				limit: Number.MAX_SAFE_INTEGER,
				methods: ["post", "put"],
				shouldRetry: ({ error }) => {
					const failure = readFailure(error);
					if (signal.aborted || failure.kind === "fatal") return false;
					const next = onFailure(failure);
					wait = next ?? 0;
					return next !== null;
				},
				delay: () => wait,
			},
			hooks: { beforeRetry: beforeRetry ? [async () => void (await beforeRetry())] : [] },
		});
	} catch (error) {
		throw signal.aborted ? signal.reason : explain(readFailure(error));
	}
}

function readFailure(error: unknown): Failure {
	if (isHTTPError(error)) return { kind: "answer", response: error.response, body: error.data };
	// ky's own error names the URL; only what lies beneath goes on
	if (isNetworkError(error)) return { kind: "network", cause: error.cause, timedOut: false };
	if (error instanceof StallError || isTimeout(error)) {
		return { kind: "network", cause: error, timedOut: true };
	}
	return { kind: "fatal", error };
}

const isTimeout = (error: unknown): boolean =>
	error instanceof DOMException && error.name === "TimeoutError";

const withoutQuery = (url: string): string => url.replace(/[?#].*$/s, "");
