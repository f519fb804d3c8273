import type { Platform } from "../platform.js";
import { loadParts } from "../upload/load-multipart.js";
import { fromBytes, openSource } from "./blob-source.js";
import { createCrc32 } from "./crc32.js";
import { createReachability } from "./reachability.js";
import { createRuntime } from "./runtime.js";
import { send } from "./xhr.js";

/** What browsers, and their workers, offer for uploads. */
export function createBrowserPlatform(): Platform {
	return {
		...createRuntime(),
		hashers: { crc32: createCrc32 },
		openSource,
		openResumeStore: () => import("./indexed-db.js"),
		openStream: async (...given) => (await loadParts()).openStream(fromBytes, true, ...given),
		send,
		reachability: createReachability(),
	};
}
