import { AsyncLocalStorage } from "node:async_hooks";
import type { Platform } from "../platform.js";
import { hashers } from "./hashers.js";
import { createReachability } from "./reachability.js";
import { defaultDirectory, fileResumeStore } from "./resume-store.js";
import { createAgents, createSend } from "./send.js";
import { bytesSource, openSource } from "./sources/open.js";

/** Enough to fill a fast line over a long distance, and as many connections to one host. */
const maxConcurrency = 16;

/** Node's own way to read, hash and send, with connections and buffers that nobody else shares. */
export function createNodePlatform(): Platform {
	return {
		maxConcurrency,
		captureContext: AsyncLocalStorage.snapshot,
		hashers,
		openSource,
		openResumeStore: async () => fileResumeStore(defaultDirectory()),
		memory: { toSource: bytesSource, copies: false },
		send: createSend(createAgents(maxConcurrency)),
		reachability: createReachability(),
	};
}
