/** Milliseconds between two attempts while `navigator.onLine` is false, which may be wrong. */
const pollInterval = 5_000;
/** The most requests after the browser reports that it is online, and the milliseconds between them. */
const maxLooks = 10;
const lookInterval = 500;

/** One wait, shared by all uploads. */
let running: Promise<void> | undefined;

/**
 * Resolves when the network is back; undefined when it is available. Code is loaded only then, because in many
 * browsers a failed `import()` fails again until the page reloads (whatwg/html issue 6768).
 */
export function outage(): Promise<void> | undefined {
	// `onLine` is undefined in React Native; servers may have no `navigator`
	if (globalThis.navigator?.onLine !== false) return undefined;
	running ??= waitUntilOnline().finally(() => {
		running = undefined;
	});
	return running;
}

async function waitUntilOnline(): Promise<void> {
	for (let looks = 0; looks < maxLooks; ) {
		try {
			// the page's server can be reachable offline: on the same machine, or when the browser is wrong
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

/** Waits until the browser reports that it is online, for five seconds at most. */
export function reconnect(): Promise<unknown> {
	const timeout = AbortSignal.timeout(pollInterval);
	return new Promise((resolve) => {
		timeout.addEventListener("abort", resolve);
		addEventListener("online", resolve, { signal: timeout });
	});
}
