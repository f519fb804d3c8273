import ky, { isHTTPError, isNetworkError } from "ky";
import type { Outcome } from "#protocol";
import { type UploadError, wrap } from "../errors.js";
import type { Settings } from "../options.js";
import { createRetryBudget, readRetryAfter } from "./retry.js";

/** What a failed attempt means, and the error to end with where it means the end. */
export type Failure = readonly [outcome: Outcome, error: UploadError];

/**
 * Sends a request until it is answered with a 2xx, or no further attempt could help. ky drives: it
 * calls `attempt` as its `fetch`, and never holds a body, which it would clone for every attempt.
 *
 * @param peer whom the request goes to, in the words of an error
 * @param signal ends the waits and all further attempts; the running one is up to `attempt`
 * @param attempt sends once; `refused` is undefined at first, then whether the last URL was refused
 *   (else that attempt was lost, and may have been stored)
 * @param explain an answer other than a 2xx; its body is JSON where its type says so, else text
 * @param progress anything that changes when the upload moves on, to refill the budgets
 * @throws UploadError, or the signal's reason.
 */
export async function makeAttempts(
	{ endpoint, retry }: Settings,
	peer: "endpoint" | "storage",
	signal: AbortSignal,
	attempt: (refused: boolean | undefined) => Promise<Response>,
	explain: (response: Response, body: unknown) => Failure,
	progress?: () => number,
): Promise<Response> {
	const budget = createRetryBudget(retry, progress);
	let refused: boolean | undefined;
	let wait: number | null = 0;
	try {
		// only a name for ky's own errors, which stay in here: a signed URL never enters it
		return await ky(endpoint, {
			// of the methods that ky repeats
			method: "PUT",
			signal,
			// an attempt has its own clock, which runs on bytes, not on the whole
			timeout: false,
			fetch: () => attempt(refused),
			retry: {
				// the budgets are the limit
				limit: Number.MAX_SAFE_INTEGER,
				delay: () => wait ?? 0,
				shouldRetry({ error }) {
					const answer = isHTTPError(error) ? error : undefined;
					const [outcome, failure] = answer
						? explain(answer.response, answer.data)
						: explainSilence(error, peer);
					if (outcome === "resign" && !refused) {
						// a fresh URL that is refused again is fatal; one that got through may age and be replaced
						refused = true;
						wait = 0;
						return true;
					}
					if (outcome !== "retry") throw failure;
					refused = false;
					wait = budget.spend(
						answer ? "answer" : "network",
						answer && readRetryAfter(answer.response.headers.get("retry-after"), Date.now()),
					);
					if (wait === null) throw failure;
					return true;
				},
			},
		});
	} catch (error) {
		throw signal.aborted ? signal.reason : error;
	}
}

/** No answer came: the connection was lost, nothing moved on it for too long, or nothing could be sent. */
function explainSilence(error: Error, peer: string): Failure {
	// ky's own error names the URL; only what lies beneath goes on
	if (isNetworkError(error)) {
		const advice = "check the connection, and in a page its CORS rule.";
		return ["retry", wrap(error.cause, "network", `The ${peer} cannot be reached: ${advice}`)];
	}
	return /^(Stall|Timeout)Error$/.test(error.name)
		? ["retry", wrap(error, "timeout", `The ${peer} stopped answering: try again later.`)]
		: ["fail", wrap(error, "internal", `The ${peer} cannot be called: see \`cause\`.`)];
}
