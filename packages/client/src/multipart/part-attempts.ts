/** Milliseconds between two checks of the parts in flight. */
export const checkInterval = 500;

/** Milliseconds between two checks beyond which the machine slept, or was too busy. */
export const maxGap: number = 2 * checkInterval;

/** Milliseconds for which a connection is slow before it is left. */
export const slowTime = 5_000;

/** Times of a usual part that a part must still need for a second connection to be worth it. */
const leastRest = 2;

/** Parts from which the usual speed is known. */
const minSpeeds = 3;

/** One attempt to send a part. */
export interface PartAttempt {
	readonly controller: AbortController;
	/**
	 * Reports the bytes that it has sent so far; 0 when it begins anew.
	 *
	 * @returns the most that any attempt of the part has sent
	 */
	readonly sent: (bytes: number) => number;
	/** Reports milliseconds that it waited for its own turn: they are not the connection's. */
	readonly waited: (milliseconds: number) => void;
	/** Reports a failure: until the attempt begins anew, it waits, and its connection is not slow. */
	readonly failed: () => void;
	/** Aborts the attempt if its connection has been slow or silent for long; to be called each {@link checkInterval}. */
	readonly check: () => void;
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

/** How far an attempt is; times in milliseconds. */
export interface Progress {
	bytes: number;
	/** When its first byte could be sent; undefined while it waits for that. */
	startedAt?: number | undefined;
	/** Time since then in which it waited for its own turn, or the machine slept or was too busy to check it. */
	paused: number;
	checkedAt: number;
	/** When it last sent a byte. */
	sentAt: number;
	/** Since when its speed is measured, and the bytes sent by then. */
	measuredAt: number;
	measured: number;
}

/** A part in flight, and how far its attempts are. */
export interface FlightState {
	readonly size: number;
	readonly attempts: Map<PartAttempt, Progress>;
	/** Whether it may have been sent more than once. */
	repeated: boolean;
	/** Responses that did not come. */
	timeouts: number;
	readonly flight: PartInFlight;
}

/** Leaves milliseconds out of the time that an attempt is measured by. */
export function leaveOut(progress: Progress, milliseconds: number): void {
	progress.paused += milliseconds;
	progress.sentAt += milliseconds;
	progress.measuredAt += milliseconds;
}

/** The median of the latest speeds; undefined until enough parts are stored. */
export const usualSpeed = (speeds: readonly number[]): number | undefined =>
	speeds.length < minSpeeds
		? undefined
		: [...speeds].sort((a, b) => a - b)[Math.floor(speeds.length / 2)];

/**
 * Milliseconds that a part still needs; 0 where no second attempt is worth it, or there was one.
 *
 * @param allowance bytes that the second attempt may send in vain
 */
export function timeLeft(
	{ size, attempts, repeated }: FlightState,
	usual: number,
	allowance: number,
	at: number,
): number {
	const [progress] = attempts.values();
	if (progress?.startedAt === undefined || repeated || at - progress.checkedAt > maxGap) return 0;
	const usualTime = size / usual;
	const time = at - progress.startedAt - progress.paused;
	if (time < Math.min(usualTime, slowTime)) return 0;
	const speed = progress.bytes / time;
	const left = size - progress.bytes;
	const rest = Math.max(left > 0 ? left / speed : 0, at - progress.sentAt);
	// the first attempt goes on while the copy is sent
	const extra = Math.min(size, progress.bytes + speed * usualTime);
	return rest <= leastRest * usualTime || extra > allowance ? 0 : rest;
}
