import ky, { isHTTPError, isNetworkError } from "ky";
import { UploadError } from "../errors.js";
import { StallError } from "../platform.js";

/** An answer other than a 2xx; its body is JSON where its type says so, else text. */
export interface Answer {
	readonly kind: "answer";
	readonly response: Response;
	readonly body: unknown;
}

/** The connection was lost, or nothing moved on it for too long. */
export interface NoAnswer {
	readonly kind: "network";
	readonly cause: unknown;
	readonly timedOut: boolean;
}

/** Why an attempt failed; `fatal` is nothing that another one could cure. */
type Failure = Answer | NoAnswer | { readonly kind: "fatal"; readonly cause: unknown };

export interface Attempts {
	readonly method: "POST" | "PUT";
	/** Names the request in ky; what is sent is up to `attempt`. Its query is dropped: it may be a signature. */
	readonly url: string;
	/** Whom it goes to, in the words of an error. */
	readonly peer: "endpoint" | "storage";
	readonly signal: AbortSignal;
	/** Sends once. */
	readonly attempt: () => Promise<Response>;
	/** Milliseconds until the next attempt, or null to give up. Not asked about fatal failures. */
	readonly onFailure: (failure: Answer | NoAnswer) => number | null;
	/** Runs after the wait and before the next attempt; what it throws ends the attempts. */
	readonly beforeRetry?: () => Promise<void>;
	/** The error of an answer that ends the attempts. */
	readonly explain: (answer: Answer) => UploadError;
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
		if (signal.aborted) throw signal.reason;
		const failure = readFailure(error);
		throw failure.kind === "answer" ? explain(failure) : explainSilence(failure, attempts.peer);
	}
}

function explainSilence(failure: Exclude<Failure, Answer>, peer: Attempts["peer"]): UploadError {
	const { cause } = failure;
	if (failure.kind === "network") {
		return failure.timedOut
			? new UploadError("timeout", `The ${peer} stopped answering: try again later.`, { cause })
			: new UploadError(
					"network",
					`The ${peer} cannot be reached: check the connection, and in a page its CORS rule.`,
					{ cause },
				);
	}
	return cause instanceof UploadError
		? cause
		: new UploadError("internal", `The ${peer} cannot be called: see \`cause\`.`, { cause });
}

function readFailure(error: unknown): Failure {
	if (isHTTPError(error)) return { kind: "answer", response: error.response, body: error.data };
	// ky's own error names the URL; only what lies beneath goes on
	if (isNetworkError(error)) return { kind: "network", cause: error.cause, timedOut: false };
	if (error instanceof StallError || isTimeout(error)) {
		return { kind: "network", cause: error, timedOut: true };
	}
	return { kind: "fatal", cause: error };
}

const isTimeout = (error: unknown): boolean =>
	error instanceof DOMException && error.name === "TimeoutError";

const withoutQuery = (url: string): string => url.replace(/[?#].*$/s, "");
