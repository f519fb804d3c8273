import type { Outcome, Outcomes } from "#protocol";
import type { RetryLimits, RetryOptions } from "../options.js";

/** The longest Retry-After that is obeyed: beyond a minute we rather ask again than trust it. */
const longestRetryAfter = 60_000;
/** Where the doubling of the back-off ends. */
const longestBackoff = 20_000;
const firstBackoff = 300;

/**
 * Error codes that storages put in a body and that mean "send it again", whatever the status:
 * S3 answers 400 RequestTimeout when a body stalled, and BadDigest when bytes were lost on the way.
 */
const repeatable =
	/^(RequestTimeout|IncompleteBody|BadDigest|XAmzContentChecksumMismatch|SlowDown|Throttling(Exception)?|InternalError)$/;

/** Body codes of a URL that is too old, with which some storages answer 400. */
const stale = /^(ExpiredToken|RequestExpired)$/;

/**
 * What a response other than a 2xx means. The plan's `outcomes` come first, then the storage's error
 * code, then the usual meaning of the status. A newer server's word that nobody here knows is passed on,
 * and counts as `fail`.
 */
export function classifyResponse(status: number, code = "", outcomes: Outcomes = {}): Outcome {
	const meaning = outcomes[status];
	if (meaning) return meaning;
	if (repeatable.test(code)) return "retry";
	if (status === 403 || stale.test(code)) return "resign";
	if (status === 412) return "exists";
	return status === 408 || status === 429 || (status >= 500 && status !== 501) ? "retry" : "fail";
}

/** Whether an answer asks for fewer requests at once. */
export const isThrottled = (status: number, code: string | undefined): boolean =>
	/^(503|429)|SlowDown|Throttling/.test(status + (code ?? ""));

/**
 * Milliseconds that a Retry-After header asks for, at most a minute; undefined when absent or malformed. An
 * HTTP date counts by the clock that wrote it, which the same answer's Date tells.
 *
 * @param now milliseconds since the epoch, where no Date is known
 */
export function readRetryAfter(headers: Headers, now: number = Date.now()): number | undefined {
	const text = headers.get("retry-after") ?? "";
	const wait = /^\d+$/.test(text)
		? Number(text) * 1000
		: Date.parse(text) - (Date.parse(headers.get("date") ?? "") || now);
	return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), longestRetryAfter);
}

/** Milliseconds before attempt `failures + 1`: full jitter below a doubling ceiling. */
export function backoff(failures: number, random: () => number = Math.random): number {
	return random() * Math.min(longestBackoff, firstBackoff * 2 ** (failures - 1));
}

/**
 * The two budgets of one request, `limit` for answers that ask for another attempt and `networkLimit` for
 * attempts without an answer. They are full again whenever `progress` has changed since the last failure: a
 * long upload may meet any number of failures as long as it moves on between them.
 *
 * @returns counts one failure, after which the answer asked to wait `retryAfter` milliseconds; tells the
 *   milliseconds to wait before the next attempt, or null when the budget is spent
 */
export function createRetryBudget(
	limits: RetryLimits,
	progress: () => number = () => 0,
	random: () => number = Math.random,
): (kind: keyof RetryOptions, retryAfter?: number) => number | null {
	let seen: number | undefined;
	let spent = { limit: 0, networkLimit: 0 };
	return (kind, retryAfter = 0) => {
		const current = progress();
		if (current !== seen) spent = { limit: 0, networkLimit: 0 };
		seen = current;
		if (++spent[kind] > limits[kind]) return null;
		return Math.max(retryAfter, backoff(spent.limit + spent.networkLimit, random));
	};
}
