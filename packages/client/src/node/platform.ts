import type { Platform } from "../platform.js";
import { hashers } from "./hashers.js";
import { createReachability } from "./reachability.js";
import { openSource, openStream } from "./sources/open.js";
import { createAgents, createTransport } from "./transport.js";

/** Enough to fill a fast line over a long distance, and as many connections to one host. */
const maxConcurrency = 16;

/** Node's own way to read, hash and send, with connections and buffers that nobody else shares. */
export function createNodePlatform(): Platform {
	return {
		maxConcurrency,
		hashers,
		openSource,
		openStream,
		send: createTransport(createAgents(maxConcurrency)),
		reachability: createReachability(),
	};
}
