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

/**
 * Connection pools of one client.
 *
 * @param maxSockets connections to one host at most
 * @param timeout milliseconds for which an unused connection is kept
 */
export function createAgents(maxSockets: number, timeout: number = idleTimeout): Agents {
	const options = {
		keepAlive: true,
		// the connection used last is the likeliest to be open still, with its window grown
		scheduling: "lifo",
		maxSockets,
		timeout,
	} as const;
	return { http: new http.Agent(options), https: new https.Agent(options) };
}
