import type { Platform } from "../platform.js";
import { fromBytes, openSource } from "./blob-source.js";
import { hashers } from "./hashers.js";
import { outage } from "./outage.js";
import { createReachability } from "./reachability.js";
import { send } from "./xhr.js";

/** Browsers open six connections to a host over HTTP/1.1, which S3 uses. */
const maxConcurrency = 6;

/** Milliseconds after which a page counts as idle where `requestIdleCallback` is missing (Safari). */
const idleDelay = 2_000;

export const loadMultipart = (): Promise<typeof import("./multipart.js")> =>
	import("./multipart.js");

/** Of the Network Information API, which TypeScript's DOM types lack. */
interface SavingNavigator {
	readonly connection?: { readonly saveData: boolean };
}

/** What browsers, and their workers, offer for uploads. */
export function createBrowserPlatform(): Platform {
	return {
		maxConcurrency,
		outage,
		whenIdle,
		// the URL of a worker made from a Blob is no base
		baseUrl: () => globalThis.document?.baseURI ?? globalThis.location?.origin,
		hashers,
		memory: { toSource: fromBytes, copies: true },
		openSource,
		openResumeStore: async () => (await loadMultipart()).resumeStore,
		send,
		reachability: createReachability(),
	};
}

function whenIdle(task: () => void): void {
	const { document, requestIdleCallback } = globalThis;
	if (!document || (navigator as SavingNavigator).connection?.saveData) return;
	const run = (): void => void (outage() ?? task());
	if (requestIdleCallback) requestIdleCallback(run);
	else setTimeout(run, idleDelay);
}
