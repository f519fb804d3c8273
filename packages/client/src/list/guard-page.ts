import type { UploadListOptions } from "./list-types.js";

type PageGuardOptions = Pick<UploadListOptions, "confirmLeave" | "keepAwake">;

/**
 * Guards a page that uploads. Does nothing where there is no page: on servers, in workers and in React Native. Loaded
 * on demand.
 *
 * @param signal - Ends the guard.
 */
export function guardPage(
	{ confirmLeave = true, keepAwake = true }: PageGuardOptions,
	signal: AbortSignal,
): void {
	// the last upload may have ended while this was loaded
	if (signal.aborted) return;
	const { document, navigator } = globalThis;
	// a listener that stays would keep the page out of the back-forward cache
	if (document && confirmLeave)
		addEventListener("beforeunload", (event) => event.preventDefault(), { signal });
	if (document && keepAwake) {
		const acquire = async (): Promise<void> => {
			try {
				// missing in pages without https
				const lock = await navigator.wakeLock.request();
				if (signal.aborted) void lock.release();
				signal.addEventListener("abort", () => void lock.release());
			} catch {
				// the battery is low, or the page is hidden: the upload needs no lock
			}
		};
		// browsers release the lock of a page that is hidden
		document.addEventListener("visibilitychange", acquire, { signal });
		void acquire();
	}
}
