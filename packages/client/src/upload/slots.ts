import { until } from "../http/wait.js";

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
