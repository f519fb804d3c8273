/** Milliseconds after which another attempt tells more than `navigator.onLine`. */
const pollInterval = 5_000;
/** Requests, and milliseconds between them, until one gets through after the browser says it is online. */
const maxLooks = 10;
const lookInterval = 500;

/** Shared by everybody who waits. */
let running: Promise<void> | undefined;

/**
 * Resolves when the network is back; undefined while it is there. Code is loaded only then: in many browsers
 * an `import()` that failed once fails for the life of the page (whatwg/html issue 6768).
 */
export function outage(): Promise<void> | undefined {
	// undefined in React Native; on a server there may be no navigator
	if (globalThis.navigator?.onLine !== false) return undefined;
	running ??= waitUntilOnline().finally(() => {
		running = undefined;
	});
	return running;
}

async function waitUntilOnline(): Promise<void> {
	for (let looks = 0; looks < maxLooks; ) {
		try {
			// the page's own server may answer all the same: on the same machine, or where the browser is wrong
			await fetch(location.origin, { method: "HEAD", cache: "no-store" });
			return;
		} catch {
			if (navigator.onLine === false) await reconnect();
			else {
				looks++;
				await new Promise((resolve) => setTimeout(resolve, lookInterval));
			}
		}
	}
}

/** Waits for the browser to say that the network is back, for some seconds at most. */
export function reconnect(): Promise<unknown> {
	const timeout = AbortSignal.timeout(pollInterval);
	return new Promise((resolve) => {
		timeout.addEventListener("abort", resolve);
		addEventListener("online", resolve, { signal: timeout });
	});
}
