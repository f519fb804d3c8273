import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { buffer } from "node:stream/consumers";
import { isObject } from "../errors.js";
import { networkFailure, toResponse } from "./response.js";
import { type Agents, createAgents } from "./send.js";

/** Milliseconds until an address that does not answer is given up, as by `fetch`. */
const connectTimeout = 10_000;

/** Milliseconds for which an unused connection is kept, as by `fetch`: servers may close it any time after. */
const keepAlive = 4_000;

/**
 * Makes calls as `fetch` does, over `node:http`. Node's own `fetch` parses answers by WebAssembly, which
 * V8 optimizes after some hundred kilobytes of them: that costs 20 MiB of memory, and more processor time
 * than all calls of an upload. It still follows the redirects, and makes all calls of a program that has a
 * way of its own.
 */
export function createFetch(
	// whoever waits for a connection has no time to lose
	agents: Agents = createAgents(Number.POSITIVE_INFINITY, keepAlive),
): (request: Request) => Promise<Response> {
	return async (request) => {
		if (!isNodesOwn()) return await fetch(request);
		const body = Buffer.from(await request.arrayBuffer());
		try {
			const message = await open(request, body, agents);
			const { statusCode: status = 0 } = message;
			if (status >= 300 && status < 400) {
				message.destroy();
				const { method, headers, signal, url } = request;
				return await fetch(new Request(url, { method, headers, signal, body }));
			}
			return toResponse(message, await buffer(message));
		} catch (error) {
			request.signal.throwIfAborted();
			throw error instanceof TypeError ? error : networkFailure(error);
		}
	};
}

/** Where Node and undici keep what `fetch` connects by. */
const dispatchers = [1, 2].map((version) => Symbol.for(`undici.globalDispatcher.${version}`));

/**
 * Whether calls by the global `fetch` are made by Node, and in no special way: a program may have replaced
 * it, or have given it a proxy, certificates or interceptors. In doubt it is the program's.
 */
const isNodesOwn = (): boolean =>
	`${globalThis.fetch}`.includes("internal/deps/undici") &&
	dispatchers.every((symbol) => isPlain(Reflect.get(globalThis, symbol)));

function isPlain(dispatcher: unknown): boolean {
	if (!isObject(dispatcher)) return true;
	const options = Object.getOwnPropertySymbols(dispatcher)
		.filter(({ description }) => description === "options")
		.map((symbol): unknown => Reflect.get(dispatcher, symbol));
	const set = options.filter(isObject).flatMap((values) => Object.values(values));
	return (
		dispatcher.constructor.name === "Agent" &&
		// an interceptor stands before that of the class
		Reflect.get(dispatcher, "dispatch") === dispatcher.constructor.prototype.dispatch &&
		options.length === 1 &&
		set.every((value) => value === undefined || value === Number.POSITIVE_INFINITY)
	);
}

function open(
	{ url, method, headers, signal }: Request,
	body: Buffer,
	agents: Agents,
): Promise<IncomingMessage> {
	const secure = url.startsWith("https:");
	const options = {
		method,
		signal,
		headers: {
			// as `fetch` has it: AWS' usual firewall rules refuse calls without
			"user-agent": "node",
			accept: "*/*",
			...Object.fromEntries(headers),
			// nobody decodes anything else here
			"accept-encoding": "identity",
			"content-length": body.byteLength,
		},
	};
	return new Promise((resolve, reject) => {
		const request = secure
			? https.request(url, { ...options, agent: agents.https })
			: http.request(url, { ...options, agent: agents.http });
		request.on("socket", (socket) => {
			if (!socket.connecting) return;
			const giveUp = (): void => {
				request.destroy(Object.assign(new Error("connect ETIMEDOUT"), { code: "ETIMEDOUT" }));
			};
			const timer = setTimeout(giveUp, connectTimeout);
			const stop = (): void => clearTimeout(timer);
			socket.once(secure ? "secureConnect" : "connect", stop);
			request.once("close", stop);
		});
		request.on("response", resolve).on("error", reject).end(body);
	});
}
