import { nextTask, until } from "../http/wait.js";
import { priorities, type UploadPriority } from "../options.js";

/** Of so many permits, each lower priority that waits gets one: it never starves. */
const permitsPerRound = 8;

/** A counting semaphore; its queue is first in, first out within each priority. */
export interface Semaphore {
	/**
	 * Resolves with a function that releases the permit; an abort leaves the queue at once.
	 *
	 * @param priority @default "normal"
	 */
	readonly acquire: (signal: AbortSignal, priority?: UploadPriority) => Promise<() => void>;
	/** Admits waiting callers; call it when the limit has grown. */
	readonly admit: () => void;
}

/**
 * @param limit returns how many may run at once; called at each admission
 * @param onRelease called when a permit is released
 */
export function createSemaphore(limit: () => number, onRelease?: () => void): Semaphore {
	const queues = priorities.map(() => new Set<() => void>());
	let held = 0;
	let admitted = 0;
	/** The rank whose turn it is; -1 while nobody waits. */
	const next = (): number => {
		// the last two permits of a round are for normal and low
		const favoured = (admitted % permitsPerRound) - permitsPerRound + queues.length;
		return queues[favoured]?.size ? favoured : queues.findIndex(({ size }) => size > 0);
	};
	const admit = (): void => {
		while (held < limit()) {
			const queue = queues[next()];
			const [start] = queue ?? [];
			if (!start) return;
			queue?.delete(start);
			held++;
			admitted++;
			start();
		}
	};
	return {
		async acquire(signal, priority = "normal") {
			const { promise, resolve } = Promise.withResolvers<void>();
			const rank = priorities.indexOf(priority);
			const queue = queues[rank];
			const release = (): void => {
				held--;
				onRelease?.();
				// the same upload may ask for its next part at once
				if (next() > rank) void nextTask().then(admit);
				else admit();
			};
			queue?.add(resolve);
			admit();
			try {
				await until(promise, signal);
			} catch (error) {
				if (!queue?.delete(resolve)) release();
				throw error;
			}
			return release;
		},
		admit,
	};
}
