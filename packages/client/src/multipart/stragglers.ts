import { StallError } from "../transport-errors.js";
import {
	type FlightState,
	leaveOut,
	maxGap,
	type PartAttempt,
	type PartInFlight,
	type Progress,
	slowTime,
	timeLeft,
	usualSpeed,
} from "./part-attempts.js";
import { createPartTimes, type PartTimes } from "./part-times.js";
import type { ResponseTimes } from "./response-times.js";

/** Milliseconds that a part must still need for a second connection to be worth it. */
const leastRest = 2_000;
/** The share of the usual speed below which a connection is slow. */
const slowShare = 1 / 8;
/** Bytes that may be sent in vain, as a share of the file. */
const maxExtra = 0.05;
/** Parts that the usual speed is taken from: the latest ones. */
const maxSpeeds = 32;

/** The reason of an attempt's signal when its connection is slow; a {@link StallError} when it is silent. */
export const tooSlow: unique symbol = Symbol("too slow");

/** Whether an attempt was ended for its part to be sent again on another connection. */
export const isRepeatable = ({ reason }: AbortSignal): boolean =>
	reason === tooSlow || reason instanceof StallError;

/** Finds the parts of one upload that are much slower than the others. */
export interface StragglerWatch {
	add(size: number, copy: () => Promise<void>): PartInFlight;
	/** How long the stored parts took, from the first byte to the response. */
	readonly times: PartTimes;
	/** The part that needs longest, if a copy would be done much sooner. It is returned once. */
	readonly slowest: () => PartInFlight | undefined;
}

/**
 * Watches the parts of one upload. For its speed a part is sent a second time at most once, and all bytes sent in vain
 * for that stay below a twentieth of the file. A part whose response does not come is sent again besides.
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
	const times = createPartTimes();
	const entries = new Set<FlightState>();
	let stored = 0;
	/** Bytes that ended attempts sent in vain. */
	let wasted = 0;
	/** Bytes that may still be sent in vain: of two attempts at once, those of the shorter one are. */
	const allowance = (): number => {
		let left = maxExtra * (total ?? stored) - wasted;
		for (const { attempts } of entries) {
			if (attempts.size > 1)
				left -= Math.min(...Array.from(attempts.values(), ({ bytes }) => bytes));
		}
		return left;
	};
	const end = ({ attempts }: FlightState, attempt: PartAttempt, reason?: unknown): void => {
		wasted += attempts.get(attempt)?.bytes ?? 0;
		attempts.delete(attempt);
		attempt.controller.abort(reason);
	};
	/** Ends an attempt whose response did not come in time. */
	const checkResponse = (entry: FlightState, attempt: PartAttempt, progress: Progress): void => {
		const { size, attempts } = entry;
		const { startedAt, sentAt, bytes } = progress;
		if (startedAt === undefined || bytes < size) return;
		// a storage that became slow must not fail each part again and again
		const limit = responses.limit(size, sentAt - startedAt) * 2 ** entry.timeouts;
		if (limit >= responses.most || now() - sentAt < limit) return;
		entry.timeouts++;
		entry.repeated = true;
		attempts.delete(attempt);
		attempt.controller.abort(attempts.size > 0 ? undefined : new StallError(limit));
	};
	const begin = (entry: FlightState): PartAttempt => {
		const { attempts } = entry;
		const at = now();
		const progress: Progress = {
			bytes: 0,
			paused: 0,
			checkedAt: at,
			sentAt: at,
			measuredAt: at,
			measured: 0,
		};
		const attempt: PartAttempt = {
			controller: new AbortController(),
			sent(bytes) {
				progress.sentAt = now();
				if (bytes === 0) {
					progress.startedAt = progress.measuredAt = progress.sentAt;
					progress.paused = progress.measured = 0;
				}
				progress.bytes = bytes;
				if (attempts.size < 2) return bytes;
				const all = [...attempts].sort(([, a], [, b]) => a.bytes - b.bytes);
				if (allowance() < 0) end(entry, all[0]?.[0] as PartAttempt);
				return all.at(-1)?.[1].bytes ?? bytes;
			},
			waited: (milliseconds) => leaveOut(progress, milliseconds),
			failed() {
				progress.startedAt = undefined;
			},
			check() {
				const at = now();
				const gap = at - progress.checkedAt;
				progress.checkedAt = at;
				if (gap > maxGap) leaveOut(progress, gap);
				checkResponse(entry, attempt, progress);
				const usual = usualSpeed(speeds);
				const time = at - progress.measuredAt;
				if (!usual || entry.repeated || time < slowTime) return;
				const speed = (progress.bytes - progress.measured) / time;
				progress.measuredAt = at;
				progress.measured = progress.bytes;
				// a connection that has taken all bytes is not slow, but its response
				const isSlow = progress.startedAt !== undefined && progress.bytes < entry.size;
				if (!isSlow || speed >= usual * slowShare || progress.bytes > allowance()) return;
				entry.repeated = true;
				end(entry, attempt, tooSlow);
			},
		};
		attempts.set(attempt, progress);
		return attempt;
	};
	return {
		times,
		add(size, copy) {
			const attempts: FlightState["attempts"] = new Map();
			const flight: PartInFlight = {
				copy,
				isRepeated: () => entry.repeated,
				begin: () => begin(entry),
				drop: (attempt) => end(entry, attempt),
				end(winner) {
					const progress = winner && attempts.get(winner);
					if (progress?.startedAt !== undefined) {
						responses.add(now() - progress.sentAt);
						const time = now() - progress.startedAt;
						times.add(time);
						speeds.push(size / Math.max(1, time));
						if (speeds.length > maxSpeeds) speeds.shift();
						stored += size;
						attempts.delete(winner as PartAttempt);
					}
					for (const attempt of attempts.keys()) end(entry, attempt);
					entries.delete(entry);
				},
			};
			const entry: FlightState = { size, attempts, repeated: false, timeouts: 0, flight };
			entries.add(entry);
			return flight;
		},
		slowest() {
			const usual = usualSpeed(speeds);
			if (!usual) return undefined;
			let found: FlightState | undefined;
			let longest = leastRest;
			for (const entry of entries) {
				const rest = timeLeft(entry, usual, allowance(), now());
				if (rest <= longest) continue;
				found = entry;
				longest = rest;
			}
			if (found) found.repeated = true;
			return found?.flight;
		},
	};
}
