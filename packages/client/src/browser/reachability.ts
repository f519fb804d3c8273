import { until } from "../http/wait.js";
import type { Reachability } from "../platform.js";
import { diagnose } from "./diagnosis.js";
import { reconnect } from "./outage.js";

export function createReachability(): Reachability {
	/** Times of failures without a response, by origin; null after a readable response or a passed preflight. */
	const history = new Map<string, number[] | null>();
	return {
		// the page shows that the upload waits, and the user can abort it
		maxReconnectWaits: Infinity,
		answered: (origin) => void history.set(origin, null),
		async explain(error, target, signal) {
			// a partly sent body proves that the preflight passed; after a whole one, CORS may hide the response
			if (target.partiallySent) history.set(target.origin, null);
			// `onLine` is undefined in React Native
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
