import { refuseUnknownOptions } from "../check-options.js";
import { UploadError } from "../errors.js";
import type { HookCall } from "../hooks.js";
import { principalSegment } from "../uploads/key.js";

/** Whether a call may go on, or after how many seconds it may be repeated. */
export type RateLimitAnswer =
	| { readonly ok: true }
	| { readonly ok: false; readonly retryAfter: number };

/** Limits how often callers call. */
export interface RateLimit {
	/**
	 * Counts a call, before `hooks.before` and `authorize`. What it throws refuses the call.
	 *
	 * @param call - What the client asks for, as hooks see it.
	 * @returns `{ ok: true }`, or `{ ok: false, retryAfter }` in seconds: the call is refused with 429.
	 */
	take(call: HookCall): Promise<RateLimitAnswer>;
}

/** How often one caller may call. */
export interface RateLimitOptions {
	/** Calls in each window; after a pause, all of them may come at once. */
	readonly limit: number;
	/** Seconds. */
	readonly window: number;
	/**
	 * Names whom a call counts for; undefined: the call is not limited.
	 *
	 * @default the principal, for `sign` and `create`; all callers without a principal count as one
	 */
	readonly by?: ((call: HookCall) => string | undefined) | undefined;
}

/** Seconds of the longest window, and of the longest Retry-After. */
const maxWindow = 86_400;

/** Milliseconds that a limit is made of, and whom it counts for. */
export interface CheckedRateLimit {
	/** From one call to the next at a steady pace. */
	readonly interval: number;
	readonly window: number;
	readonly by: (call: HookCall) => string | undefined;
}

const countsFor = ({ operation, principal }: HookCall): string | undefined =>
	operation === "sign" || operation === "create" ? principalSegment(principal) : undefined;

/** @throws TypeError that says which option is wrong. */
export function checkRateLimit(options: RateLimitOptions): CheckedRateLimit {
	refuseUnknownOptions(options, ["limit", "window", "by"]);
	const { limit, window, by } = options;
	if (!Number.isSafeInteger(limit) || limit < 1) {
		throw new TypeError(`limit must be a whole number of calls, at least 1, not ${limit}.`);
	}
	if (!(window > 0 && window <= maxWindow)) {
		throw new TypeError(
			`window must be seconds, more than 0 and at most ${maxWindow}, not ${window}.`,
		);
	}
	return { interval: (window * 1000) / limit, window: window * 1000, by: by ?? countsFor };
}

/**
 * The answer to a call of somebody whose earlier calls are paid for until `paidUntil`: each call moves it
 * forward by an interval, and it may be at most one window ahead.
 *
 * @param paidUntil - Milliseconds.
 * @param now - Milliseconds.
 */
export function rateAnswer(
	{ interval, window }: CheckedRateLimit,
	paidUntil: number,
	now: number,
): RateLimitAnswer {
	const wait = Math.max(paidUntil, now) + interval - window - now;
	// fractions of an interval add up to less than a millisecond
	return wait < 1 ? { ok: true } : { ok: false, retryAfter: Math.ceil(wait / 1000) };
}

/** The most callers remembered. */
const maxCallers = 100_000;

/**
 * Counts in the memory of one process: for tests, and for servers that run as a single process. It remembers
 * the last 100,000 callers.
 *
 * @param options - How often one caller may call; `now` is a clock for tests, in milliseconds.
 * @returns The limit for a handler's `rateLimit`.
 * @throws TypeError when an option is wrong.
 * @example
 * memoryRateLimit({ limit: 60, window: 60 })
 */
export function memoryRateLimit(
	options: RateLimitOptions & { readonly now?: (() => number) | undefined },
): RateLimit {
	const { now: clock = Date.now, ...others }: typeof options = Object(options);
	const limit = checkRateLimit(others);
	const callers = new Map<string, number>();
	return {
		async take(call) {
			const caller = limit.by(call);
			if (caller === undefined) return { ok: true };
			const now = clock();
			const paidUntil = callers.get(caller) ?? now;
			const answer = rateAnswer(limit, paidUntil, now);
			if (!answer.ok) return answer;
			// re-insert at the end: the first one has been idle longest
			callers.delete(caller);
			callers.set(caller, Math.max(paidUntil, now) + limit.interval);
			const [idle] = callers.keys();
			if (callers.size > maxCallers && idle !== undefined) callers.delete(idle);
			return answer;
		},
	};
}

/**
 * Counts a call.
 *
 * @throws UploadError `rate-limited`; whatever the limit throws, since it cannot tell.
 */
export async function takeRate(rateLimit: RateLimit | undefined, call: HookCall): Promise<void> {
	const answer = await rateLimit?.take(call);
	if (!rateLimit || answer?.ok === true) return;
	const seconds = Math.min(Math.max(1, Math.ceil(answer?.retryAfter ?? 1)) || 1, maxWindow);
	throw new UploadError("rate-limited", `Too many calls. Try again in ${seconds} s.`, {
		retryAfter: seconds,
		values: { seconds },
	});
}
