import { until } from "../http/wait.js";
import type { Reachability } from "../platform.js";
import { diagnose, nameWorker, probeTimeout, watchPolicy } from "./diagnosis.js";
import { reconnect } from "./outage.js";

/** @param loadMultipart loads code that most pages never need */
export function createReachability(
	loadMultipart: () => Promise<typeof import("./multipart.js")>,
): Reachability {
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
			const page = globalThis.location?.origin ?? "";
			if (!page.startsWith("https:") || !target.origin.startsWith("http:")) return;
			// an `import()` that fails may fail until the page reloads
			if (navigator.onLine === false) return;
			const loading = until(loadMultipart(), AbortSignal.timeout(probeTimeout));
			const code = await loading.catch(() => undefined);
			await code?.checkMixedContent(target);
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
