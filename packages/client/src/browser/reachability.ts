import { until } from "../http/wait.js";
import type { Reachability } from "../platform.js";
import { diagnose } from "./diagnosis.js";
import { reconnect } from "./outage.js";

export function createReachability(): Reachability {
	/** The times of failures without a response, by origin; null once it has answered or passed a preflight. */
	const history = new Map<string, number[] | null>();
	return {
		// a page shows that the upload waits, and the user may abort it
		maxReconnectWaits: Infinity,
		answered: (origin) => void history.set(origin, null),
		async explain(error, target, signal) {
			// a PUT is sent only once its preflight has passed; of a body that was sent whole, the response may
			// be one that the page may not read
			if (target.partiallySent) history.set(target.origin, null);
			// undefined in React Native
			if (navigator.onLine === false) return "offline";
			const times = history.get(target.origin);
			// a request that the browser blocks fails at once; it does not stall
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
