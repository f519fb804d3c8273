import type { Outcome, Outcomes } from "#protocol";

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

const known: readonly Outcome[] = ["exists", "retry", "resign", "ask"];

/**
 * What an answer other than a 2xx means. The plan's `outcomes` come first, then the storage's error
 * code, then the usual meaning of the status.
 */
export function judge(status: number, code = "", outcomes: Outcomes = {}): Outcome {
	const special = outcomes[status];
	// a newer server's word that we do not know is a failure
	if (special) return known.find((outcome) => outcome === special) ?? "fail";
	if (repeatable.test(code)) return "retry";
	if (status === 403 || stale.test(code)) return "resign";
	if (status === 412) return "exists";
	return status === 408 || status === 429 || (status >= 500 && status !== 501) ? "retry" : "fail";
}

/**
 * Milliseconds that a Retry-After header asks for, at most a minute; undefined when absent or malformed.
 *
 * @param date of the same answer: an HTTP date counts by the clock that wrote it
 * @param now milliseconds since the epoch, where that is not known
 */
export function readRetryAfter(
	header: string | null,
	date: string | null,
	now: number,
): number | undefined {
	const text = header ?? "";
	const wait = /^\d+$/.test(text)
		? Number(text) * 1000
		: Date.parse(text) - (Date.parse(date ?? "") || now);
	return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), longestRetryAfter);
}

/** Milliseconds before attempt `failures + 1`: full jitter below a doubling ceiling. */
export function backoff(failures: number, random: () => number = Math.random): number {
	return random() * Math.min(longestBackoff, firstBackoff * 2 ** (failures - 1));
}

/** A failure that another attempt may cure: an answer that asks for one, or no answer at all. */
export type FailureKind = "answer" | "network";

export interface RetryBudget {
	/**
	 * Counts one failure.
	 *
	 * @param retryAfter milliseconds the answer asked for
	 * @returns milliseconds to wait before the next attempt, or null when the budget is spent.
	 */
	spend(kind: FailureKind, retryAfter?: number): number | null;
}

/**
 * The two budgets of one request. They are full again whenever `progress` has changed since the last
 * failure: a long upload may meet any number of failures as long as it moves on between them.
 */
export function createRetryBudget(
	limits: { readonly limit: number; readonly networkLimit: number },
	progress: () => number = () => 0,
	random: () => number = Math.random,
): RetryBudget {
	let seen = progress();
	let spent = { answer: 0, network: 0 };
	return {
		spend(kind, retryAfter = 0) {
			const current = progress();
			if (current !== seen) spent = { answer: 0, network: 0 };
			seen = current;
			spent[kind]++;
			if (spent[kind] > (kind === "answer" ? limits.limit : limits.networkLimit)) return null;
			return Math.max(retryAfter, backoff(spent.answer + spent.network, random));
		},
	};
}
