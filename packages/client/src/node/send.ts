import http from "node:http";
import https from "node:https";
import type { OutgoingRequest, Platform, UploadBody } from "../platform.js";
import { NetworkError, StallError } from "../transport-errors.js";
import { type Addresses, createAddresses, type Lookup } from "./addresses.js";
import { dispatch } from "./dispatch.js";
import { exchange } from "./exchange.js";
import { createSenderState } from "./sender-state.js";
import { isNodeBody } from "./sources/body.js";

/** Pools of keep-alive connections. */
export interface Agents {
	readonly http: http.Agent;
	readonly https: https.Agent;
}

/** Milliseconds. Below the 20 s of S3, so that the client closes idle connections first. */
const idleTimeout = 15_000;

/**
 * Creates the connection pools of one client. A server's Keep-Alive header may shorten the idle timeout.
 *
 * @param maxSockets the most connections to one host
 * @param lookup resolves host names
 */
export function createAgents(
	maxSockets: number,
	lookup: Lookup = createAddresses().lookup,
): Agents {
	const options = {
		keepAlive: true,
		lookup,
		// the last used connection is the least likely to be stale, and has the largest window
		scheduling: "lifo",
		maxSockets,
		timeout: idleTimeout,
	} as const;
	const openHttp = followProxies(
		() => http.globalAgent as object,
		(proxyEnv) => new http.Agent({ ...options, proxyEnv }),
	);
	const openHttps = followProxies(
		() => https.globalAgent as object,
		(proxyEnv) => new https.Agent({ ...options, proxyEnv }),
	);
	return {
		get http() {
			return openHttp();
		},
		get https() {
			return openHttps();
		},
	};
}

/**
 * Keeps an agent that uses the proxies of Node's own: those of `NODE_USE_ENV_PROXY`, `--use-env-proxy` and
 * `http.setGlobalProxyFromEnv()`. A program may set them later.
 */
function followProxies<Agent extends http.Agent>(
	globalAgent: () => { readonly options?: http.AgentOptions },
	create: (proxies: http.AgentOptions["proxyEnv"]) => Agent,
): () => Agent {
	let used: http.AgentOptions["proxyEnv"];
	let agent: Agent | undefined;
	return () => {
		// @types/node lacks `options`; so do agents that replace Node's
		const { proxyEnv } = globalAgent().options ?? {};
		if (!agent || proxyEnv !== used) agent = create(proxyEnv);
		used = proxyEnv;
		return agent;
	};
}

/**
 * Sends bodies over `node:http`, which takes a quarter of the processor time of `fetch`. Memory does not
 * depend on the size of a body: see {@link createSenderState}.
 */
export function createSend(
	agents: Agents,
	addresses: Addresses = createAddresses(),
): Platform["send"] {
	const sender = createSenderState();
	/** Bodies whose last attempt was reset, which may have discarded a response. */
	const resets = new WeakSet<UploadBody>();

	/** Sends nothing more to an address: the next connections prefer others, or are new ones at least. */
	const leave = (address: string): void => {
		addresses.failed(address);
		for (const pool of [agents.http, agents.https]) {
			for (const socket of Object.values(pool.freeSockets).flat()) {
				if (socket?.remoteAddress === address) socket.destroy();
			}
		}
	};

	return async (outgoing, body, options) => {
		options.signal.throwIfAborted();
		if (!isNodeBody(body)) throw new TypeError("The body was not opened by this runtime.");
		if (options.dispatcher) return await dispatch(options.dispatcher, outgoing, body, options);
		// a server that refuses a body may reset the connection before its response is read; with
		// `Expect: 100-continue` it answers before there is a body to reset
		const expectContinue = resets.delete(body);
		const { agent } = options;
		const pools = agent ? { http: agent, https: agent } : agents;
		const request = open(outgoing, body.size, pools, expectContinue);
		let address: string | undefined;
		request.on("socket", (socket) => {
			const keep = (): void => {
				address = socket.remoteAddress;
			};
			// known once it is connected, and no longer when it has failed
			if (socket.connecting) socket.once("connect", keep);
			else keep();
		});
		const response = await exchange(request, body, sender, options).catch((error: unknown) => {
			if (!expectContinue && isReset(error)) resets.add(body);
			const isDead = error instanceof StallError || error instanceof NetworkError;
			if (isDead && !agent && address) leave(address);
			throw error;
		});
		// the server refused the expectation, not the body
		if (expectContinue && response.status === 417) throw new NetworkError(new Error("417"));
		return response;
	};
}

function open(
	{ method, url, headers }: OutgoingRequest,
	size: number,
	agents: Readonly<Record<keyof Agents, object>>,
	expectContinue: boolean,
): http.ClientRequest {
	// the URL constructor would put the signed URL into its error
	const target = URL.canParse(url) ? new URL(url) : undefined;
	const options = {
		method,
		headers: {
			...headers,
			"Content-Length": size,
			...(expectContinue ? { Expect: "100-continue" } : {}),
		},
	};
	if (target?.protocol === "https:") {
		return https.request(target, { ...options, agent: agents.https as https.Agent });
	}
	if (target?.protocol === "http:") {
		return http.request(target, { ...options, agent: agents.http as http.Agent });
	}
	throw new TypeError("The signed URL is not an http or https URL.");
}

/** Whether the server closed the connection during the request, so that a response may be lost. */
function isReset(error: unknown): boolean {
	const cause = error instanceof TypeError ? error.cause : undefined;
	return (
		cause instanceof Error &&
		"code" in cause &&
		(cause.code === "ECONNRESET" || cause.code === "EPIPE")
	);
}
