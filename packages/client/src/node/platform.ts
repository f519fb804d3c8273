import { AsyncLocalStorage } from "node:async_hooks";
import { setMaxListeners } from "node:events";
import type { Platform } from "../platform.js";
import { createAddresses } from "./addresses.js";
import { hashers } from "./hashers.js";
import { createReachability } from "./reachability.js";
import { followRedirects } from "./redirects.js";
import { defaultDirectory, fileResumeStore } from "./resume-store.js";
import { createAgents, createSend } from "./send.js";
import { fromNodeStream } from "./sources/node-stream.js";
import { bytesSource, openSource } from "./sources/open.js";

/** Bodies in flight, and connections to one host: enough to fill a fast line over a long distance. */
const maxConcurrency = 16;

/** Reads, hashes and sends with Node's APIs. Each platform has its own connections and buffers. */
export function createNodePlatform(): Platform {
	const addresses = createAddresses();
	return {
		maxConcurrency,
		pacesBytes: true,
		captureContext: AsyncLocalStorage.snapshot,
		allowListeners(...signals) {
			for (const signal of signals) {
				// the signal of a polyfill or an emulated browser warns of nothing
				try {
					if (signal) setMaxListeners(0, signal);
				} catch {}
			}
		},
		hashers,
		toStream: fromNodeStream,
		openSource,
		openResumeStore: async () => fileResumeStore(await defaultDirectory()),
		memory: { toSource: bytesSource, copies: false },
		send: createSend(createAgents(maxConcurrency, addresses.lookup), addresses),
		followRedirects,
		reachability: createReachability(),
	};
}
