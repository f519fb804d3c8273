import { sleep } from "../http/wait.js";
import type { Settings, SpeedLimit, UploadPriority } from "../options.js";
import type { Pacer, Platform } from "../platform.js";
import { createSemaphore } from "./semaphore.js";

/** Bytes per second that are sent at least: servers close connections on which nothing moves. */
const slowest = 1_000;

/** Milliseconds, monotonic. */
const now = (): number => performance.now();

/** Milliseconds between two looks at the limit while bytes wait, and the longest burst after a pause. */
const interval = 250;

/** Keeps the bytes of a client below its speed limit. */
export interface Throttle {
	/** Of the latest upload. */
	limit: SpeedLimit;
	/** Paces the bytes of a body while they are written. Bodies take turns, whatever their priority. */
	readonly pace: Pacer;
	/**
	 * Where bytes can't be paced: waits until a whole body may be sent, so that bodies follow one another as fast as
	 * the limit says. Those of higher priority come first.
	 */
	readonly begin: (
		size: number,
		signal: AbortSignal,
		priority?: UploadPriority,
	) => Promise<Turn | undefined>;
}

/** The turn of one body. */
export interface Turn {
	/** Reports the bytes that the running attempt has sent so far; fewer when another one has begun. */
	readonly sent: (bytes: number) => void;
	/** Leaves what was not sent to others. */
	readonly end: () => void;
}

/** What a throttle needs of an upload. */
export interface ThrottleContext {
	readonly platform: Pick<Platform, "pacesBytes">;
	readonly settings: Pick<Settings, "maxBytesPerSecond">;
	readonly client: { throttle?: Throttle };
}

/** @returns the throttle that all uploads of the client with a limit share, with the limit of this one */
export function openThrottle({ platform, settings, client }: ThrottleContext): Throttle {
	const { maxBytesPerSecond: limit = Infinity } = settings;
	client.throttle ??= createThrottle(limit, platform.pacesBytes);
	client.throttle.limit = limit;
	return client.throttle;
}

/** @param pacesBytes whether the runtime calls `pace`; elsewhere bodies wait for their turn */
export function createThrottle(limit: SpeedLimit, pacesBytes: boolean | undefined): Throttle {
	const turns = createSemaphore(() => 1);
	/** Bytes that may be sent at once; negative while earlier ones are to be waited for. */
	let balance = 0;
	let updatedAt = now();
	/** Bytes per millisecond. */
	const readRate = (): number => {
		const { limit } = throttle;
		const perSecond = (typeof limit === "function" ? limit() : limit) ?? Infinity;
		return Math.max(Number(perSecond) || slowest, slowest) / 1_000;
	};
	/** Resolves with the rate once bytes may be sent. */
	const untilFree = async (signal: AbortSignal): Promise<number> => {
		for (;;) {
			const rate = readRate();
			const at = now();
			const most = rate * interval;
			balance = rate === Infinity ? 0 : Math.min(most, balance + rate * (at - updatedAt));
			// a chunk of a faster limit must not silence the connections: servers would close them
			if (pacesBytes) balance = Math.max(balance, -most);
			updatedAt = at;
			if (balance >= 0) return rate;
			await sleep(Math.min(interval, Math.ceil(-balance / rate)), signal);
		}
	};
	/** Takes bytes in turn, once they may be sent. */
	const take = async (
		wanted: (rate: number) => number,
		signal: AbortSignal,
		priority?: UploadPriority,
	): Promise<number> => {
		const release = await turns.acquire(signal, priority);
		try {
			const rate = await untilFree(signal);
			const bytes = wanted(rate);
			// what begins without a limit delays nothing under a later one
			if (rate < Infinity) balance -= bytes;
			return bytes;
		} finally {
			release();
		}
	};
	const throttle: Throttle = {
		limit,
		async pace(most, signal, onWait) {
			if (readRate() === Infinity) return most;
			let at = now();
			const wait = (): void => {
				const before = at;
				at = now();
				onWait(at - before);
			};
			const timer = setInterval(wait, interval);
			try {
				const bytes = await take((rate) => Math.min(most, Math.ceil(rate * interval)), signal);
				wait();
				return bytes;
			} finally {
				clearInterval(timer);
			}
		},
		async begin(size, signal, priority) {
			if (pacesBytes) return undefined;
			let isCounted = false;
			const wanted = (rate: number): number => {
				isCounted = rate < Infinity;
				return size;
			};
			await take(wanted, signal, priority);
			if (!isCounted) return undefined;
			let sent = 0;
			return {
				sent(bytes) {
					if (bytes < sent) balance -= sent;
					sent = bytes;
				},
				end() {
					balance += size - sent;
				},
			};
		},
	};
	return throttle;
}
