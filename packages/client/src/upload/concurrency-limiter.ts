import { until } from "../http/wait.js";
import type { PauseGate } from "./pause-gate.js";

/** Bodies in flight at first: few enough for a slow line, enough to measure whether more would help. */
const initialLimit = 4;
/** A lower ceiling is reached at once: a browser queues no more than six connections to a host. */
const lowCeiling = 6;
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

/** A counting semaphore with a first-in, first-out queue. */
export interface Semaphore {
	/** Resolves with a function that releases the permit; an abort leaves the queue at once. */
	readonly acquire: (signal: AbortSignal) => Promise<() => void>;
	/** Admits waiting callers; call it when the limit has grown. */
	readonly admit: () => void;
}

/**
 * @param limit returns how many may run at once; called at each admission
 * @param onRelease called when a permit is released
 */
export function createSemaphore(limit: () => number, onRelease?: () => void): Semaphore {
	const waiting = new Set<() => void>();
	let held = 0;
	const admit = (): void => {
		for (const start of waiting) {
			if (held >= limit()) return;
			waiting.delete(start);
			held++;
			start();
		}
	};
	const release = (): void => {
		held--;
		onRelease?.();
		admit();
	};
	return {
		async acquire(signal) {
			const { promise, resolve } = Promise.withResolvers<void>();
			waiting.add(resolve);
			admit();
			try {
				await until(promise, signal);
			} catch (error) {
				if (!waiting.delete(resolve)) release();
				throw error;
			}
			return release;
		},
		admit,
	};
}

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
	/** Raises the highest limit from that of one host to that of several, unless it was set lower. */
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
		if (time < windowTime || bytes < limit * windowBytes) return;
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
	/** Releases the slot. Safe to repeat. */
	readonly release: () => void;
}

/**
 * @param limiter of all hosts
 * @param gate closed while paused
 * @param signal when aborted, rejects waiting calls with its reason; a held slot stays held
 * @param host returns the semaphore of the host that the body goes to
 */
export function createSlot(
	limiter: ConcurrencyLimiter,
	gate: PauseGate,
	signal: AbortSignal,
	host: () => Semaphore,
): Slot {
	const held: (() => void)[] = [];
	let at: Semaphore | undefined;
	const release = (): void => {
		for (const giveBack of held.splice(0)) giveBack();
	};
	return {
		async acquire() {
			while (held.length < 2 || gate.closed || at !== host()) {
				release();
				await gate.pass(signal);
				at = host();
				held.push(await at.acquire(signal));
				held.push(await limiter.acquire(signal));
			}
		},
		release,
	};
}
