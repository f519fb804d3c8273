import { StallError } from "../transport-errors.js";
import type { ResponseTimes } from "./response-times.js";

/** Milliseconds between two looks at the parts in flight. */
export const lookInterval = 500;

/** Milliseconds between two looks beyond which the time counts as missed. */
const maxGap = 2 * lookInterval;

/** Milliseconds, and times of a usual part, that a part must still need for a second connection to be worth it. */
const leastRest = 2_000;
const leastRestInParts = 2;
/** Milliseconds for which a connection is below {@link slowShare} of the usual speed before it is left. */
const slowTime = 5_000;
const slowShare = 1 / 8;
/** Bytes that may be sent in vain, as a share of the file. */
const maxExtra = 0.05;
/** Parts from which the usual speed is known, and the latest ones that it is taken from. */
const minSpeeds = 3;
const maxSpeeds = 32;

/** The reason of an attempt's signal when its connection is slow; a {@link StallError} when it is silent. */
export const givenBack: unique symbol = Symbol("given back");

/** Whether an attempt was ended for its part to be sent again on another connection. */
export const isRepeatable = ({ reason }: AbortSignal): boolean =>
	reason === givenBack || reason instanceof StallError;

/** One attempt to send a part. */
export interface PartAttempt {
	readonly controller: AbortController;
	/**
	 * Reports the bytes that it has sent so far; 0 when it begins anew.
	 *
	 * @returns the most that any attempt of the part has sent
	 */
	readonly sent: (bytes: number) => number;
	/** Reports a failure: until the attempt begins anew, it waits, and its connection is not slow. */
	readonly failed: () => void;
	/** Aborts the attempt if its connection has been slow or silent for long; to be called now and then. */
	readonly look: () => void;
}

/** A part that is being sent, by one attempt or two at once. */
export interface PartInFlight {
	/** Whether it may have been sent more than once. */
	readonly isRepeated: () => boolean;
	begin(): PartAttempt;
	/** Takes out an attempt that failed: what the other one sends is not compared with it. */
	drop(attempt: PartAttempt): void;
	/** Ends all attempts. @param winner the one that stored the part */
	end(winner?: PartAttempt): void;
	/** Sends the part once more. */
	readonly copy: () => Promise<void>;
}

/** Finds the parts of one upload that are much slower than the others. */
export interface StragglerWatch {
	add(size: number, copy: () => Promise<void>): PartInFlight;
	/** The part that needs longest, if a copy would be done much sooner. It is returned once. */
	readonly slowest: () => PartInFlight | undefined;
}

interface State {
	bytes: number;
	/** When its first byte could be sent; undefined while it waits for that. */
	startedAt: number | undefined;
	/** Milliseconds since then in which the machine slept, or was too busy to look. */
	missed: number;
	lookedAt: number;
	movedAt: number;
	/** Since when its speed is measured, and the bytes sent by then. */
	markedAt: number;
	marked: number;
}

/**
 * Watches the parts of one upload. A part is sent a second time at most once, and all bytes sent in vain stay
 * below a twentieth of the file.
 *
 * @param total bytes of the file; null while unknown
 * @param responses how long a response is awaited
 * @param now milliseconds, monotonic
 */
export function createStragglerWatch(
	total: number | null,
	responses: ResponseTimes,
	now: () => number = () => performance.now(),
): StragglerWatch {
	/** Bytes per millisecond of the latest stored parts. */
	const speeds: number[] = [];
	let stored = 0;
	/** Bytes of attempts that lost. */
	let lost = 0;
	interface Entry {
		readonly size: number;
		readonly attempts: Map<PartAttempt, State>;
		repeated: boolean;
		/** Responses that did not come. */
		missed: number;
		readonly flight: PartInFlight;
	}
	const entries = new Set<Entry>();
	/** Undefined until enough parts are stored. */
	const usualSpeed = (): number | undefined =>
		speeds.length < minSpeeds
			? undefined
			: [...speeds].sort((a, b) => a - b)[Math.floor(speeds.length / 2)];
	/** Bytes that may still be sent in vain: of two attempts at once, those of the shorter one are. */
	const allowance = (): number => {
		let left = maxExtra * (total ?? stored) - lost;
		for (const { attempts } of entries) {
			if (attempts.size > 1)
				left -= Math.min(...Array.from(attempts.values(), ({ bytes }) => bytes));
		}
		return left;
	};
	const end = (attempts: Entry["attempts"], attempt: PartAttempt, reason?: unknown): void => {
		lost += attempts.get(attempt)?.bytes ?? 0;
		attempts.delete(attempt);
		attempt.controller.abort(reason);
	};
	/** Ends an attempt whose response did not come in time. */
	const checkResponse = (entry: Entry, attempt: PartAttempt, state: State): void => {
		const { size, attempts } = entry;
		const { startedAt, movedAt, bytes } = state;
		if (startedAt === undefined || bytes < size) return;
		// a storage that became slow must not fail each part again and again
		const limit = responses.limit(size, movedAt - startedAt) * 2 ** entry.missed;
		if (limit >= responses.most || now() - movedAt < limit) return;
		entry.missed++;
		entry.repeated = true;
		attempts.delete(attempt);
		attempt.controller.abort(attempts.size > 0 ? undefined : new StallError(limit));
	};
	const begin = (entry: Entry): PartAttempt => {
		const { size, attempts } = entry;
		const at = now();
		const state: State = {
			...{ bytes: 0, marked: 0, missed: 0, startedAt: undefined },
			...{ lookedAt: at, movedAt: at, markedAt: at },
		};
		const attempt: PartAttempt = {
			controller: new AbortController(),
			sent(bytes) {
				state.movedAt = now();
				if (bytes === 0) {
					state.startedAt = state.markedAt = state.movedAt;
					state.missed = state.marked = 0;
				}
				state.bytes = bytes;
				const all = [...attempts].sort(([, a], [, b]) => a.bytes - b.bytes);
				const [shortest] = all;
				if (all.length > 1 && shortest && allowance() < 0) end(attempts, shortest[0]);
				return all.at(-1)?.[1].bytes ?? bytes;
			},
			failed() {
				state.startedAt = undefined;
			},
			look() {
				const at = now();
				const gap = at - state.lookedAt;
				state.lookedAt = at;
				if (gap > maxGap) {
					state.missed += gap;
					state.movedAt += gap;
					state.markedAt += gap;
				}
				checkResponse(entry, attempt, state);
				const usual = usualSpeed();
				const time = at - state.markedAt;
				if (!usual || entry.repeated || time < slowTime) return;
				const speed = (state.bytes - state.marked) / time;
				state.markedAt = at;
				state.marked = state.bytes;
				// a connection that has taken all bytes is not slow, but its response
				const isSlow = state.startedAt !== undefined && state.bytes < size;
				if (!isSlow || speed >= usual * slowShare || state.bytes > allowance()) return;
				entry.repeated = true;
				end(attempts, attempt, givenBack);
			},
		};
		attempts.set(attempt, state);
		return attempt;
	};
	return {
		add(size, copy) {
			const attempts: Entry["attempts"] = new Map();
			const flight: PartInFlight = {
				copy,
				isRepeated: () => entry.repeated,
				begin: () => begin(entry),
				drop: (attempt) => end(attempts, attempt),
				end(winner) {
					const { startedAt, movedAt = 0 } = (winner && attempts.get(winner)) ?? {};
					if (startedAt !== undefined) {
						responses.add(now() - movedAt);
						speeds.push(size / Math.max(1, now() - startedAt));
						if (speeds.length > maxSpeeds) speeds.shift();
						stored += size;
						attempts.delete(winner as PartAttempt);
					}
					for (const attempt of attempts.keys()) end(attempts, attempt);
					entries.delete(entry);
				},
			};
			const entry: Entry = { size, attempts, repeated: false, missed: 0, flight };
			entries.add(entry);
			return flight;
		},
		slowest() {
			const usual = usualSpeed();
			if (!usual) return undefined;
			let found: Entry | undefined;
			let longest = leastRest;
			for (const entry of entries) {
				const [state] = entry.attempts.values();
				const at = now();
				if (!state || state.startedAt === undefined || entry.repeated) continue;
				if (at - state.lookedAt > maxGap) continue;
				const usualTime = entry.size / usual;
				const time = at - state.startedAt - state.missed;
				if (time < Math.min(usualTime, slowTime)) continue;
				const speed = state.bytes / time;
				const left = entry.size - state.bytes;
				const rest = Math.max(left > 0 ? left / speed : 0, at - state.movedAt);
				// the first attempt goes on while the copy is sent
				const extra = Math.min(entry.size, state.bytes + speed * usualTime);
				if (rest <= longest || rest <= leastRestInParts * usualTime || extra > allowance())
					continue;
				found = entry;
				longest = rest;
			}
			if (found) found.repeated = true;
			return found?.flight;
		},
	};
}
