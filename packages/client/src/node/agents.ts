import http from "node:http";
import https from "node:https";

/** Connections that are kept and used again. */
export interface Agents {
	readonly http: http.Agent;
	readonly https: https.Agent;
}

/**
 * Milliseconds after which an unused connection is closed, unless the server names a shorter time
 * in its Keep-Alive header: below the 20 s of S3, so that it is we who close it.
 */
export const idleTimeout: number = 15_000;

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
