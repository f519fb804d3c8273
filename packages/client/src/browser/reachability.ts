import { until } from "../http/wait.js";
import type { Reachability } from "../platform.js";
import { diagnose } from "./diagnosis.js";
import { reconnect } from "./outage.js";

export function createReachability(): Reachability {
	/** When requests to an origin failed without an answer; null once it has answered, or passed a preflight. */
	const history = new Map<string, number[] | null>();
	return {
		// a page shows that it waits, and who looks at it may abort
		patience: Infinity,
		answered: (origin) => void history.set(origin, null),
		async explain(error, target, signal) {
			// a PUT begins to leave only once its preflight has passed; of a body that has left whole, the
			// answer may still be one that the page may not read
			if (target.midway) history.set(target.origin, null);
			// undefined where nobody knows, as in React Native
			if (navigator.onLine === false) return "offline";
			const times = history.get(target.origin);
			// what a browser blocks fails at once: a stall is no sign of it
			if (times === null || !(error instanceof TypeError)) return undefined;
			const all = [...(times ?? []), performance.now()];
			history.set(target.origin, all);
			return await diagnose(all, target, signal);
		},
		async reconnect(signal) {
			await until(reconnect(), signal);
		},
	};
}
