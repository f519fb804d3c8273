import type { Outcome, Outcomes } from "#protocol";
import type { RetryLimits, RetryOptions } from "../options.js";

/** Milliseconds; a longer Retry-After is cut to this. */
const longestRetryAfter = 60_000;
/** Milliseconds at which the back-off stops doubling. */
const longestBackoff = 20_000;
const firstBackoff = 300;

/**
 * What a response other than a 2xx means: the plan's `outcomes` entry for status and error code, then for the
 * status alone, then the default meaning of the status. A 4xx that would end the upload without a code of the
 * storage is a proxy's, and decides nothing: the server looks. An outcome that only a newer server knows is returned
 * as it is, and counts as `fail`.
 *
 * @param code of the storage
 */
export function classifyResponse(status: number, code = "", outcomes: Outcomes = {}): Outcome {
	const outcome = outcomes[`${status} ${code}`] ?? outcomes[status] ?? defaultOutcome(status);
	// exists or fail
	return !code && /^4(?!07).. [ef]/.test(`${status} ${outcome}`) ? "ask" : outcome;
}

const defaultOutcome = (status: number): Outcome =>
	status === 403
		? "resign"
		: status === 412
			? "exists"
			: /408|429|^5(?!01)/.test(`${status}`)
				? "retry"
				: "fail";

/** Whether a response asks for fewer concurrent requests. */
export const isThrottled = (status: number): boolean => status === 503 || status === 429;

/**
 * Milliseconds that a Retry-After header asks for, at most a minute; undefined when absent or malformed. An
 * HTTP date is compared with the Date of the same response, since the device's clock may be wrong.
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
 * The two budgets of one request: `limit` for responses that ask for another attempt, `networkLimit` for
 * attempts without a response. Both are refilled whenever `progress` has changed since the last failure: a
 * long upload survives any number of failures as long as it makes progress between them.
 *
 * @returns a function that counts one failure, after which the response asked to wait `retryAfter`
 *   milliseconds; it returns the milliseconds to wait before the next attempt, or undefined when the budget is spent
 */
export function createRetryBudget(
	limits: RetryLimits,
	progress: () => number = () => 0,
	random: () => number = Math.random,
): (kind: keyof RetryOptions, retryAfter?: number) => number | undefined {
	let seen: number | undefined;
	let spent = { limit: 0, networkLimit: 0 };
	return (kind, retryAfter = 0) => {
		const current = progress();
		if (current !== seen) spent = { limit: 0, networkLimit: 0 };
		seen = current;
		if (++spent[kind] > limits[kind]) return undefined;
		return Math.max(retryAfter, backoff(spent.limit + spent.networkLimit, random));
	};
}
