/** Milliseconds after which another attempt tells more than the browser's own idea of being offline. */
const pollInterval = 5_000;

/** One for all that wait. */
let running: Promise<void> | undefined;

/**
 * The end of the time without a network, if it is such a time. Who needs code waits for it: in many browsers
 * an `import()` that failed once fails for the life of the page (whatwg/html, issue 6768).
 */
export function outage(): Promise<void> | undefined {
	// undefined where nobody knows, as in React Native; on a server there may be no navigator
	if (globalThis.navigator?.onLine !== false) return undefined;
	running ??= sitOut().finally(() => {
		running = undefined;
	});
	return running;
}

async function sitOut(): Promise<void> {
	while (navigator.onLine === false) {
		try {
			// the page's own server may answer all the same: the browser is wrong, or both are one machine
			await fetch(location.origin, { method: "HEAD", cache: "no-store" });
			return;
		} catch {
			await reconnect();
		}
	}
}

/** Waits for the browser to say that the network is back, for some seconds at most. */
export function reconnect(): Promise<unknown> {
	const patience = AbortSignal.timeout(pollInterval);
	return new Promise((resolve) => {
		patience.addEventListener("abort", resolve);
		addEventListener("online", resolve, { signal: patience });
	});
}
