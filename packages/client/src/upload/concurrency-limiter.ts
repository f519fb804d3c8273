import type { Settings } from "../options.js";
import type { PauseGate } from "./pause-gate.js";
import { createSemaphore, type Semaphore } from "./semaphore.js";
import type { Throttle, Turn } from "./throttle.js";

/** Bodies in flight at first: few enough for a slow line, enough to measure whether more would help. */
const initialLimit = 4;
/** A lower ceiling is reached at once: a browser queues no more than six connections to a host. */
const lowCeiling = 6;
/** Milliseconds for the first measurement of several hosts, beyond which the line is slow: 200 kB/s per body. */
const slowTime = 30_000;
/**
 * Minimum milliseconds, and bytes per body in flight, of one measurement, to average over many progress
 * reports.
 */
const windowTime = 250;
const windowBytes = 6 * 1024 * 1024;
/** Bytes added per finished request, for its round trip: with small files, their number matters. */
const requestBytes = 1024 * 1024;
/** Milliseconds in which several requests to slow down count as one: many bodies get them at once. */
const throttleTime = 2_000;
/** Milliseconds for which the limit stays below the one at which the storage asked to slow down. */
const recoveryTime = 10_000;

/**
 * Limits the bodies in flight of all uploads of a client. More connections are faster only until the line or
 * the storage is saturated, so the limit grows with the speed: if the speed rises by half, so does the limit.
 * It halves when the storage asks to slow down.
 *
 * No host gets more than the six connections that a browser opens to it: the browser would queue the rest, and the
 * stall timeout would end them.
 */
export interface ConcurrencyLimiter extends Pick<Semaphore, "acquire"> {
	/** Reports bytes sent; negative after a failed attempt, whose bytes must be sent again. */
	readonly sent: (bytes: number) => void;
	/** Reports that the storage asked to slow down. */
	readonly throttled: () => void;
	/**
	 * Raises the highest limit from that of one host to that of several, unless it was set lower. A limit that has
	 * reached it follows at once, and falls back on a slow line.
	 */
	readonly raise: (from: number, to: number) => void;
}

/**
 * @param most the highest limit
 * @param now milliseconds, monotonic
 */
export function createConcurrencyLimiter(
	most: number,
	now: () => number = () => performance.now(),
): ConcurrencyLimiter {
	let maximum = most;
	const isLow = most <= lowCeiling;
	let limit = isLow ? most : initialLimit;
	/** The limit on a slow line, until the first measurement after it was raised. */
	let slowLimit = most;
	/** The highest speed so far, in bytes per millisecond; it decays, because the line may change. */
	let bestSpeed = 0;
	let ceiling = maximum;
	let throttledAt = -Infinity;

	let since = 0;
	let bytes = 0;
	/** Every other window is skipped: the first bytes of new bodies only fill network buffers. */
	let skipped = true;

	const sent = (count: number): void => {
		const at = now();
		since ||= at;
		bytes += count;
		const time = at - since;
		if (time > slowTime) limit = Math.min(limit, slowLimit);
		if (time < windowTime || bytes < limit * windowBytes) return;
		slowLimit = maximum;
		const speed = bytes / time;
		since = at;
		bytes = 0;
		skipped = !skipped;
		if (skipped) return;
		if (at - throttledAt < recoveryTime) {
			limit = Math.min(limit + 1, ceiling);
			bestSpeed = speed / (1 + 1 / limit);
		} else {
			bestSpeed = Math.max(bestSpeed, speed / (isLow ? 1.5 : 2));
			limit = Math.min(maximum, Math.round(limit * Math.max(1, speed / bestSpeed)));
			bestSpeed = Math.max(speed, bestSpeed * 0.97);
		}
		admit();
	};
	const { acquire, admit } = createSemaphore(
		() => limit,
		() => sent(requestBytes),
	);
	return {
		acquire,
		sent,
		raise(from, to) {
			if (maximum < from || maximum >= to) return;
			if (ceiling === maximum) ceiling = to;
			if (limit === maximum) {
				slowLimit = limit;
				limit = to;
			}
			maximum = to;
		},
		throttled() {
			const at = now();
			if (at - throttledAt < throttleTime) return;
			throttledAt = at;
			// the speed of fewer bodies can't be compared with that of more
			bestSpeed = 0;
			since = at;
			bytes = 0;
			ceiling = Math.max(1, limit - 1);
			limit = Math.max(1, limit >> 1);
		},
	};
}

/** The permit of one body to be in flight. */
export interface Slot {
	/**
	 * Resolves once the body may be sent, also if it holds its slot already. Gives the slot away while
	 * paused.
	 */
	readonly acquire: () => Promise<void>;
	/** Reports the bytes that the running attempt has sent so far; 0 when one begins. */
	readonly sent: (bytes: number) => void;
	/** Releases the slot. Safe to repeat. */
	readonly release: () => void;
}

/** What a slot needs of its upload. */
export interface SlotContext {
	/** Closed while paused. */
	readonly gate: PauseGate;
	/** When aborted, rejects waiting calls with its reason; a held slot stays held. */
	readonly signal: AbortSignal;
	readonly client: { readonly limiter: Pick<ConcurrencyLimiter, "acquire" | "sent"> };
	readonly settings: Pick<Settings, "priority">;
	readonly throttle?: Pick<Throttle, "begin"> | undefined;
}

/**
 * @param size bytes of the body
 * @param host returns the semaphore of the host that the body goes to
 */
export function createSlot(
	{ gate, signal, client, settings, throttle }: SlotContext,
	size: number,
	host: () => Semaphore,
): Slot {
	const { limiter } = client;
	const { priority } = settings;
	let turn: Turn | undefined;
	let sent = 0;
	const held: (() => void)[] = [];
	let at: Semaphore | undefined;
	const release = (): void => {
		for (const giveBack of held.splice(0)) giveBack();
		turn?.end();
		turn = undefined;
	};
	return {
		async acquire() {
			while (held.length < 2 || gate.closed || at !== host()) {
				release();
				await gate.pass(signal);
				at = host();
				held.push(await at.acquire(signal, priority));
				held.push(await limiter.acquire(signal, priority));
				turn = await throttle?.begin(size, signal, priority);
			}
		},
		sent(bytes) {
			limiter.sent(bytes - sent);
			turn?.sent(bytes);
			sent = bytes;
		},
		release,
	};
}
