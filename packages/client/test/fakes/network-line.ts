import type { ConcurrencyLimiter } from "../../src/upload/concurrency-limiter.js";

/** A network connection to a storage, in virtual time. */
export interface LineOptions {
	/** Bytes per second of one connection. @default 20 MB/s */
	readonly perConnection?: number;
	/** Bytes per second of all together. @default unlimited */
	readonly total?: number;
	/** Requests that the storage takes at once; it asks the others to slow down. @default unlimited */
	readonly accepts?: (time: number) => number;
	/** Share by which the speed goes up and down. @default 0 */
	readonly noise?: number;
}

export interface SimulatedLine {
	/** Milliseconds since the start. */
	readonly now: () => number;
	/** Sends bodies of these sizes, by the limiter' release; resolves with the seconds it took. */
	readonly send: (limiter: ConcurrencyLimiter, sizes: readonly number[]) => Promise<number>;
	readonly rejected: () => number;
	/** Most bodies in flight at once since `from`. */
	readonly mostAtOnce: (from?: number) => number;
	/** Milliseconds until so many bodies were first in flight at once. */
	readonly firstAt: (inFlight: number) => number | undefined;
}

interface Flow {
	readonly size: number;
	readonly limiter: ConcurrencyLimiter;
	readonly done: () => void;
	arrived: number;
	reported: number;
}

const step = 5;
/** Milliseconds from here to the storage and back. */
const latency = 50;
/** Bytes that a connection takes before any has arrived. */
const buffer = 1024 * 1024;
/** Bytes between two reports. */
const grain = 256 * 1024;

export function createNetworkLine({
	perConnection = 20e6,
	total = Number.POSITIVE_INFINITY,
	accepts = () => Number.POSITIVE_INFINITY,
	noise = 0,
}: LineOptions = {}): SimulatedLine {
	let time = 0;
	let rejected = 0;
	let inFlight = 0;
	let seed = 1;
	const peaks: { readonly time: number; readonly inFlight: number }[] = [];
	const flows = new Set<Flow>();
	const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
	const random = (): number => {
		seed = (seed * 48_271) % 2_147_483_647;
		return seed / 2_147_483_647;
	};
	const sleep = (milliseconds: number): Promise<void> =>
		new Promise((wake) => sleepers.add({ until: time + milliseconds, wake }));

	const put = async (limiter: ConcurrencyLimiter, size: number): Promise<void> => {
		const release = await limiter.acquire(new AbortController().signal);
		peaks.push({ time, inFlight: ++inFlight });
		for (let failures = 0; ; failures++) {
			const early = Math.min(size, buffer);
			limiter.sent(early);
			await sleep(latency);
			if (flows.size < accepts(time)) {
				await new Promise<void>((done) =>
					flows.add({ size, limiter, done, arrived: 0, reported: early }),
				);
				break;
			}
			rejected++;
			limiter.throttled();
			limiter.sent(-early);
			await sleep(random() * Math.min(300 * 2 ** failures, 20_000));
		}
		inFlight--;
		release();
	};

	const pass = (): void => {
		time += step;
		for (const sleeper of sleepers) {
			if (sleeper.until > time || !sleepers.delete(sleeper)) continue;
			sleeper.wake();
		}
		const speed = Math.min(perConnection, total / flows.size) * (1 + noise * (2 * random() - 1));
		for (const flow of flows) {
			flow.arrived += (speed * step) / 1000;
			const left = Math.min(flow.size, flow.arrived + buffer);
			if (left === flow.size || left - flow.reported > grain) {
				flow.limiter.sent(left - flow.reported);
				flow.reported = left;
			}
			if (flow.arrived >= flow.size && flows.delete(flow)) flow.done();
		}
	};

	return {
		now: () => time,
		async send(limiter, sizes) {
			const start = time;
			let over = false;
			void Promise.all(sizes.map((size) => put(limiter, size))).then(() => (over = true));
			while (!over) {
				pass();
				// all that was woken takes its next step
				await new Promise(setImmediate);
			}
			return (time - start) / 1000;
		},
		rejected: () => rejected,
		firstAt: (wanted) => peaks.find(({ inFlight }) => inFlight >= wanted)?.time,
		mostAtOnce: (from = 0) =>
			Math.max(0, ...peaks.flatMap((peak) => (peak.time >= from ? [peak.inFlight] : []))),
	};
}
