import type { Platform } from "../platform.js";
import { loadParts } from "../upload/load-parts.js";
import { fromBytes, openSource } from "./blob-source.js";
import { loadDigesting } from "./load-digesting.js";
import { createReachability } from "./reachability.js";
import { send } from "./xhr.js";

/** Over HTTP/1.1, which S3 speaks, browsers open six connections to one host. */
const maxConcurrency = 6;

/** What browsers, and their workers, offer for uploads. */
export function createBrowserPlatform(): Platform {
	return {
		maxConcurrency,
		// in a worker that was made of a Blob there is nothing to resolve against
		baseUrl: globalThis.document?.baseURI ?? globalThis.location?.href,
		hashers: { crc32: async () => (await loadDigesting()).createCrc32() },
		openSource,
		openResumeStore: () => import("./indexed-db.js"),
		openStream: async (...given) => (await loadParts()).openStream(fromBytes, true, ...given),
		send,
		reachability: createReachability(),
	};
}
