import { isObject } from "../errors.js";
import type { Platform } from "../platform.js";
import { fromBytes, openSource } from "./blob-source.js";
import { createCrc32 } from "./crc32.js";
import { outage } from "./outage.js";
import { createReachability } from "./reachability.js";
import { send } from "./xhr.js";

/** Over HTTP/1.1, which S3 speaks, browsers open six connections to one host. */
const maxConcurrency = 6;

/** Milliseconds after which a page counts as idle where the browser does not tell (Safari). */
const idleDelay = 2_000;

export const loadMultipart = (): Promise<typeof import("./multipart.js")> =>
	import("./multipart.js");

/** What browsers, and their workers, offer for uploads. */
export function createBrowserPlatform(): Platform {
	return {
		maxConcurrency,
		outage,
		whenIdle,
		// a worker that was made of a Blob has no base URL
		baseUrl: globalThis.document?.baseURI ?? globalThis.location?.href,
		hashers: { crc32: createCrc32 },
		memory: { toSource: fromBytes, copies: true },
		openSource,
		openResumeStore: async () => (await loadMultipart()).resumeStore,
		send,
		reachability: createReachability(),
	};
}

function whenIdle(task: () => void): void {
	const { document, navigator, requestIdleCallback } = globalThis;
	const connection = navigator && "connection" in navigator && navigator.connection;
	const savesData = isObject(connection) && "saveData" in connection && connection.saveData;
	// in many browsers an import() that failed once fails for the life of the page (whatwg/html issue 6768)
	const run = (): void => void (outage() ?? task());
	if (!document || savesData) return;
	if (requestIdleCallback) requestIdleCallback(run);
	else setTimeout(run, idleDelay);
}
