import http from "node:http";
import https from "node:https";
import type { OutgoingRequest, Platform, UploadBody } from "../platform.js";
import { createBufferPool } from "./buffers.js";
import { exchange, networkFailure } from "./exchange.js";
import { isNodeBody } from "./sources/body.js";

export interface Agents {
	readonly http: http.Agent;
	readonly https: https.Agent;
}

/**
 * Milliseconds after which an unused connection is closed, unless the server names a shorter time
 * in its Keep-Alive header: below the 20 s of S3, so that it is we who close it.
 */
const idleTimeout = 15_000;

/** Connection pools of one client; at most `maxSockets` connections to one host. */
export function createAgents(maxSockets: number): Agents {
	const options = {
		keepAlive: true,
		// the connection used last is the likeliest to be open still, with its window grown
		scheduling: "lifo",
		maxSockets,
		timeout: idleTimeout,
	} as const;
	return { http: new http.Agent(options), https: new https.Agent(options) };
}

/**
 * Sends bodies over `node:http`, which costs a quarter of the processor time of `fetch` and holds
 * less than 1 MiB per request whatever the size of its body.
 */
export function createTransport(agents: Agents): Platform["send"] {
	const pool = createBufferPool();
	/** Bodies whose last attempt ended in a reset: the answer, if there was one, was lost with it. */
	const resets = new WeakSet<UploadBody>();

	return async (outgoing, body, options) => {
		options.signal.throwIfAborted();
		if (!isNodeBody(body)) throw new TypeError("The body was not opened by this runtime.");
		// a server that refuses a body closes on it, and the reset can overtake its answer; asked
		// first, it says no before there is anything to reset
		const cautious = resets.delete(body);
		const request = open(outgoing, body, agents, cautious);
		try {
			const response = await exchange(request, body, pool, options);
			// not our body but our caution was refused
			if (cautious && response.status === 417) throw networkFailure(new Error("417"));
			return response;
		} catch (error) {
			if (!cautious && isReset(error)) resets.add(body);
			throw error;
		}
	};
}

function open(
	{ method, url, headers }: OutgoingRequest,
	body: UploadBody,
	agents: Agents,
	cautious: boolean,
): http.ClientRequest {
	// the error of the URL constructor would carry the signed URL along
	const target = URL.canParse(url) ? new URL(url) : undefined;
	const options = {
		method,
		headers: {
			...headers,
			"Content-Length": body.size,
			...(cautious ? { Expect: "100-continue" } : {}),
		},
	};
	if (target?.protocol === "https:") {
		return https.request(target, { ...options, agent: agents.https });
	}
	if (target?.protocol === "http:") {
		return http.request(target, { ...options, agent: agents.http });
	}
	throw new TypeError("The signed URL is not an http or https URL.");
}

function isReset(error: unknown): boolean {
	if (!(error instanceof TypeError) || !(error.cause instanceof Error)) return false;
	const { cause } = error;
	return "code" in cause && (cause.code === "ECONNRESET" || cause.code === "EPIPE");
}
