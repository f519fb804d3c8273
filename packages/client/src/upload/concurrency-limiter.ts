import { until } from "../http/wait.js";
import type { Gate } from "./pause-gate.js";

/** Bodies in flight at first: few enough for any line, and enough to see whether more would help. */
const firstLimit = 4;
/** Milliseconds and bytes per lane in a window: many reports of progress, whatever their grain. */
const windowTime = 250;
const windowBytes = 6 * 1024 * 1024;
/** What a request counts beside its bytes, since it costs a round trip: small files are judged by their number. */
const requestBytes = 1024 * 1024;
/** Milliseconds in which all answers that ask to slow down count as one: they come to many bodies at once. */
const throttleTime = 2_000;
/** Milliseconds for which the limit stays below the one that was too high. */
const caution = 10_000;

/**
 * Room for the bodies in flight of all uploads of a client. More connections are faster only until
 * the line or the storage is full. So the limit grows as the speed does: twice as many bodies that are
 * half as fast again make room for half as many again. It halves when the storage asks to slow down.
 *
 * A browser would queue what exceeds its six connections to a host, and there, where nothing moves,
 * the stall timeout would end it. So nothing may exceed them.
 */
export interface Lanes {
	/** Resolves, in the order of the calls, once a body may go; with what ends its turn. */
	readonly take: (signal: AbortSignal) => Promise<() => void>;
	/** Bytes that have left; negative where an attempt failed, and they have to leave once more. */
	readonly sent: (bytes: number) => void;
	/** The storage asks to slow down. */
	readonly throttled: () => void;
}

/**
 * @param most the highest limit
 * @param now milliseconds, monotonic
 */
export function createLanes(most: number, now: () => number = () => performance.now()): Lanes {
	let limit = Math.min(firstLimit, most);
	/** The highest speed so far, in bytes per millisecond; it fades, since the line may have changed. */
	let best = 0;
	let ceiling = most;
	let throttledAt = Number.NEGATIVE_INFINITY;

	let since = 0;
	let bytes = 0;
	/** Every other window is passed over: bodies that have just begun only fill the buffers on the way. */
	let passed = true;

	const sent = (count: number): void => {
		const at = now();
		since ||= at;
		bytes += count;
		const time = at - since;
		if (time < windowTime || bytes < limit * windowBytes) return;
		const speed = bytes / time;
		since = at;
		bytes = 0;
		passed = !passed;
		if (passed) return;
		if (at - throttledAt < caution) {
			limit = Math.min(limit + 1, ceiling);
			best = speed / (1 + 1 / limit);
		} else {
			best = Math.max(best, speed / 2);
			limit = Math.min(most, Math.round(limit * Math.max(1, speed / best)));
			best = Math.max(speed, best * 0.97);
		}
		admit();
	};
	const { take, admit } = createSlots(
		() => limit,
		() => sent(requestBytes),
	);
	return {
		take,
		sent,
		throttled() {
			const at = now();
			if (at - throttledAt < throttleTime) return;
			throttledAt = at;
			// what follows is not to be held against a speed that more of them had
			best = 0;
			since = at;
			bytes = 0;
			ceiling = Math.max(1, limit - 1);
			limit = Math.max(1, limit >> 1);
		},
	};
}

/** Room for some of many at once, given in the order in which it was asked for. */
export interface Slots {
	/** Resolves once there is room, with what gives it back; an abort leaves the queue at once. */
	readonly take: (signal: AbortSignal) => Promise<() => void>;
	/** Lets in whom there is room for: to be called when the limit has grown. */
	readonly admit: () => void;
}

/**
 * @param limit how many at once; asked anew each time
 * @param onLeave called whenever room is given back
 */
export function createSlots(limit: () => number, onLeave?: () => void): Slots {
	const waiting = new Set<() => void>();
	let taken = 0;
	const admit = (): void => {
		for (const enter of waiting) {
			if (taken >= limit()) return;
			waiting.delete(enter);
			taken++;
			enter();
		}
	};
	const leave = (): void => {
		taken--;
		onLeave?.();
		admit();
	};
	return {
		async take(signal) {
			const { promise, resolve } = Promise.withResolvers<void>();
			waiting.add(resolve);
			admit();
			try {
				await until(promise, signal);
			} catch (error) {
				if (!waiting.delete(resolve)) leave();
				throw error;
			}
			return leave;
		},
		admit,
	};
}

/** The turn of one body. */
export interface Lane {
	/** Resolves once the body may go, also if it has its turn already; while paused, others have it. */
	readonly enter: () => Promise<void>;
	/** Ends the turn. Safe to repeat. */
	readonly leave: () => void;
}

/** @param signal leaves the queue when aborted, with its reason; not the lane */
export function createLane(lanes: Lanes, gate: Gate, signal: AbortSignal): Lane {
	let end: (() => void) | undefined;
	const leave = (): void => {
		end?.();
		end = undefined;
	};
	return {
		async enter() {
			while (!end || gate.closed) {
				leave();
				await gate.pass(signal);
				end = await lanes.take(signal);
			}
		},
		leave,
	};
}
