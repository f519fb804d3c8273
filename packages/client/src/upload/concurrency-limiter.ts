import { until } from "../http/wait.js";
import type { PauseGate } from "./pause-gate.js";

/** Bodies in flight at first: few enough for any line, and enough to measure whether more would help. */
const initialLimit = 4;
/** Milliseconds, and bytes per body in flight, of one measurement: many progress reports, however coarse. */
const windowTime = 250;
const windowBytes = 6 * 1024 * 1024;
/** What a request counts beside its bytes, since it costs a round trip: small files are judged by their number. */
const requestBytes = 1024 * 1024;
/** Milliseconds in which all answers that ask to slow down count as one: many bodies get them at once. */
const throttleTime = 2_000;
/** Milliseconds for which the limit stays below the one that was too high. */
const recoveryTime = 10_000;

/** Limits how many run at once, in the order in which they asked. */
export interface Semaphore {
	/** Resolves once there is room, with the function that gives it back; an abort leaves the queue at once. */
	readonly acquire: (signal: AbortSignal) => Promise<() => void>;
	/** Admits whoever there is room for: to be called when the limit has grown. */
	readonly admit: () => void;
}

/**
 * @param limit how many at once; asked anew each time
 * @param onRelease called whenever room is given back
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
 * the storage is saturated, so the limit grows with the speed: twice as many bodies that are 1.5 times as
 * fast raise it by half. It halves when the storage asks to slow down.
 *
 * The limit never exceeds the six connections that a browser opens to a host: the browser would queue the
 * rest, where no byte moves and the stall timeout ends them.
 */
export interface ConcurrencyLimiter extends Pick<Semaphore, "acquire"> {
	/** Bytes that have left; negative after a failed attempt, whose bytes have to leave once more. */
	readonly sent: (bytes: number) => void;
	/** The storage asks to slow down. */
	readonly throttled: () => void;
}

/**
 * @param maximum the highest limit
 * @param now milliseconds, monotonic
 */
export function createConcurrencyLimiter(
	maximum: number,
	now: () => number = () => performance.now(),
): ConcurrencyLimiter {
	let limit = Math.min(initialLimit, maximum);
	/** The highest speed so far, in bytes per millisecond; it decays, since the line may have changed. */
	let bestSpeed = 0;
	let ceiling = maximum;
	let throttledAt = -Infinity;

	let since = 0;
	let bytes = 0;
	/** Every other window is skipped: bodies that have just begun only fill the buffers on the way. */
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
			bestSpeed = Math.max(bestSpeed, speed / 2);
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
		throttled() {
			const at = now();
			if (at - throttledAt < throttleTime) return;
			throttledAt = at;
			// the speed of fewer bodies must not be compared with that of more
			bestSpeed = 0;
			since = at;
			bytes = 0;
			ceiling = Math.max(1, limit - 1);
			limit = Math.max(1, limit >> 1);
		},
	};
}

/** The place of one body among those in flight. */
export interface Slot {
	/** Resolves once the body may be sent, also if it holds its slot already; while paused, others have it. */
	readonly acquire: () => Promise<void>;
	/** Gives the slot back. Safe to repeat. */
	readonly release: () => void;
}

/** @param signal when aborted, leaves the queue with its reason; a slot that is held stays held */
export function createSlot(
	limiter: ConcurrencyLimiter,
	gate: PauseGate,
	signal: AbortSignal,
): Slot {
	let giveBack: (() => void) | undefined;
	const release = (): void => {
		giveBack?.();
		giveBack = undefined;
	};
	return {
		async acquire() {
			while (!giveBack || gate.closed) {
				release();
				await gate.pass(signal);
				giveBack = await limiter.acquire(signal);
			}
		},
		release,
	};
}
