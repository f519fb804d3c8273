import { until } from "../http/wait.js";
import type { Reachability } from "../platform.js";
import { checkMixedContent, diagnose, nameWorker, watchPolicy } from "./diagnosis.js";
import { reconnect } from "./outage.js";

export function createReachability(): Reachability {
	/** Failures without a response in a row, by origin. */
	const failures = new Map<string, number>();
	/** Origins that answered readably, or whose preflight passed. */
	const known = new Set<string>();
	let watching = false;
	const answered = (origin: string): void => {
		known.add(origin);
		failures.delete(origin);
	};
	return {
		// the page shows that the upload waits, and the user can abort it
		maxReconnectWaits: Infinity,
		async check(target) {
			if (!watching) watchPolicy();
			watching = true;
			await checkMixedContent(target);
		},
		answered,
		nameWorker,
		async explain(error, target, signal) {
			const { peer, origin, partiallySent } = target;
			// a partly sent body proves that the preflight passed; after a whole one, CORS may hide the response
			if (partiallySent) answered(origin);
			// `onLine` is undefined in React Native
			if (navigator.onLine === false) return "offline";
			// edge runtimes have no page that could be blocked
			if (!globalThis.location) return undefined;
			const isKnown = known.has(origin);
			// a request that the browser blocks fails at once; it does not stall
			if (!(error instanceof TypeError) || (isKnown && peer === "storage")) return undefined;
			const count = (failures.get(origin) ?? 0) + 1;
			failures.set(origin, count);
			// a gateway answers errors of its own without CORS headers, but a single failure may be a lost connection
			if (isKnown && count === 1) return undefined;
			return await diagnose(target, count, isKnown, signal);
		},
		async reconnect(signal) {
			await until(reconnect(), signal);
		},
	};
}
