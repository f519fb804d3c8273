import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { buffer } from "node:stream/consumers";
import { isObject } from "../is-object.js";
import { type Agents, createAgents } from "./agents.js";
import { toResponse } from "./answer.js";
import { networkFailure } from "./network-failure.js";

/** Connections for the calls to one endpoint. */
const maxSockets = 6;

/** Node's. */
const builtIn = globalThis.fetch;

/** Where Node and undici keep what `fetch` connects by. */
const dispatchers = [1, 2].map((version) => Symbol.for(`undici.globalDispatcher.${version}`));

/** Whether the program says how it fetches: by a function of its own, or through a proxy. */
const isChanged = (): boolean =>
	globalThis.fetch !== builtIn ||
	dispatchers.some((symbol) => {
		const dispatcher: unknown = Reflect.get(globalThis, symbol);
		return isObject(dispatcher) && dispatcher.constructor.name !== "Agent";
	});

/**
 * Makes calls as `fetch` does, over `node:http`. Node's own `fetch` parses answers by WebAssembly, which
 * V8 optimizes after some hundred kilobytes of them: that costs 20 MiB of memory, and more processor time
 * than all calls of an upload. It still follows the redirects.
 */
export function createFetch(
	agents: Agents = createAgents(maxSockets),
): (request: Request) => Promise<Response> {
	return async (request) => {
		if (isChanged()) return await fetch(request);
		const body = Buffer.from(await request.arrayBuffer());
		try {
			const message = await open(request, body, agents);
			const { statusCode: status = 0, statusMessage: statusText = "", rawHeaders } = message;
			if (status >= 300 && status < 400) {
				message.destroy();
				return await fetch(new Request(request.url, { ...partsOf(request), body }));
			}
			return toResponse({ status, statusText, rawHeaders, body: await buffer(message) });
		} catch (error) {
			request.signal.throwIfAborted();
			throw error instanceof TypeError ? error : networkFailure(error);
		}
	};
}

const partsOf = ({ method, headers, signal }: Request): RequestInit => ({
	method,
	headers,
	signal,
});

function open(
	{ url, method, headers, signal }: Request,
	body: Buffer,
	agents: Agents,
): Promise<IncomingMessage> {
	const options = {
		method,
		signal,
		headers: {
			// as `fetch` has it: AWS' usual firewall rules refuse calls without
			"user-agent": "node",
			accept: "*/*",
			...Object.fromEntries(headers),
			"content-length": body.byteLength,
		},
	};
	return new Promise((resolve, reject) => {
		const request = url.startsWith("https:")
			? https.request(url, { ...options, agent: agents.https })
			: http.request(url, { ...options, agent: agents.http });
		request.on("response", resolve).on("error", reject).end(body);
	});
}
