import { load } from "../http/load.js";
import { until } from "../http/wait.js";
import type { Reachability } from "../platform.js";

/** Milliseconds after which another attempt tells more than the browser's own idea of being offline. */
const pollInterval = 5_000;

export function createReachability(): Reachability {
	/** When requests to an origin failed without an answer; null once it has answered. */
	const history = new Map<string, number[] | null>();
	return {
		// a page shows that it waits, and who looks at it may abort
		patience: Infinity,
		answered: (origin) => void history.set(origin, null),
		async explain(_error, target, signal) {
			if (!navigator.onLine) return "offline";
			const times = history.get(target.origin) ?? [];
			if (history.get(target.origin) === null) return undefined;
			history.set(target.origin, times);
			times.push(performance.now());
			return await load(import("./diagnosis.js")).then(
				({ diagnose }) => diagnose(times, target, signal),
				// it is only for better words
				() => undefined,
			);
		},
		async reconnect(signal) {
			const patience = AbortSignal.timeout(pollInterval);
			const back = new Promise<unknown>((resolve) => {
				patience.addEventListener("abort", resolve);
				addEventListener("online", resolve, { signal: patience });
			});
			await until(back, signal);
		},
	};
}
