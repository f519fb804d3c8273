import { once } from "node:events";
import http, { createServer, type RequestListener } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createFetch } from "../../src/node/fetch.js";
import { createAgents } from "../../src/node/send.js";
import { isNetworkFailure, rejection } from "./sink.js";

async function startServer(onRequest: RequestListener) {
	let connections = 0;
	const server = createServer(onRequest)
		.on("connection", () => connections++)
		.listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	const { port } = server.address() as AddressInfo;
	return { url: `http://127.0.0.1:${port}/uploads`, connections: () => connections };
}

function openFetch() {
	const agents = createAgents(4);
	onTestFinished(() => agents.http.destroy());
	return createFetch(agents);
}

const post = (url: string, init: RequestInit = {}): Request =>
	new Request(url, { method: "POST", body: "{}", headers: { "x-own": "mine" }, ...init });

test("a call carries method, headers and body, and gives back all of the answer, on one connection", async () => {
	const long = "ä".repeat(300_000);
	const server = await startServer(async (request, response) => {
		const { method, headers } = request;
		const { "x-own": own, "user-agent": agent, "content-length": length } = headers;
		const seen = [method, own, agent, length, await text(request)];
		response.writeHead(201, { "content-type": "application/json", "retry-after": "3" });
		response.end(JSON.stringify({ seen, long }));
	});
	const fetch = openFetch();
	for (let call = 0; call < 3; call++) {
		const response = await fetch(post(server.url));
		expect([response.status, response.ok, response.redirected]).toEqual([201, true, false]);
		expect(response.headers.get("retry-after")).toBe("3");
		expect(await response.json()).toEqual({ seen: ["POST", "mine", "node", "2", "{}"], long });
	}
	expect(server.connections()).toBe(1);
});

test("an answer without a body is one", async () => {
	const { url } = await startServer((_request, response) => response.writeHead(204).end());
	expect((await openFetch()(post(url))).status).toBe(204);
});

test("a redirect is followed, with the body where it keeps the method", async () => {
	const { url } = await startServer(async (request, response) => {
		const body = await text(request);
		if (request.url === "/uploads") response.writeHead(308, { location: "/moved" }).end();
		else response.end(`${request.method} ${request.headers["x-own"]} ${body}`);
	});
	const response = await openFetch()(post(url));
	expect([response.redirected, await response.text()]).toEqual([true, "POST mine {}"]);
});

test("answers are asked for as they are, whatever the caller says", async () => {
	const { url } = await startServer((request, response) =>
		response.end(request.headers["accept-encoding"]),
	);
	const headers = { "accept-encoding": "gzip" };
	expect(await (await openFetch()(post(url, { headers }))).text()).toBe("identity");
});

test("as many calls as there are go at once, each on a connection of its own", async () => {
	const waiting: (() => void)[] = [];
	const server = await startServer((_request, response) => {
		waiting.push(() => response.end());
		if (waiting.length === 40) for (const answer of waiting) answer();
	});
	const fetch = createFetch();
	await Promise.all(Array.from({ length: 40 }, () => fetch(post(server.url))));
	expect(server.connections()).toBe(40);
});

test("an address that does not answer is given up, as a network failure, after ten seconds", async () => {
	vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
	onTestFinished(() => void vi.useRealTimers());
	const connecting = Promise.withResolvers<void>();
	const dead = { keepAlive: true, lookup: () => connecting.resolve() } as const;
	const agents = { http: new http.Agent(dead), https: new https.Agent(dead) };
	const calling = rejection(createFetch(agents)(post("http://dead.test/")));
	await connecting.promise;
	await vi.advanceTimersByTimeAsync(10_000);
	const error = await calling;
	expect(error).toSatisfy(isNetworkFailure);
	expect(error).toMatchObject({ cause: { code: "ETIMEDOUT" } });
});

describe("a program that fetches in a way of its own is asked to:", () => {
	const dispatcher = Symbol.for("undici.globalDispatcher.1");

	/** What a call gives back with this in the place of Node's; `directly` from the server itself. */
	async function callWith(own: object): Promise<string> {
		const { url } = await startServer((_request, response) => response.end("directly"));
		// Node makes its own with the first of them
		new Request(url);
		const before: unknown = Reflect.get(globalThis, dispatcher);
		Reflect.set(globalThis, dispatcher, own);
		onTestFinished(() => void Reflect.set(globalThis, dispatcher, before));
		return await openFetch()(post(url)).then(
			(response) => response.text(),
			({ cause }) => cause.message,
		);
	}
	const own = (): object => {
		new Request("http://host");
		return Reflect.get(globalThis, dispatcher);
	};
	const dispatch = (): never => {
		throw new Error("its own way");
	};

	test("Node's own is none", async () => {
		expect(await callWith(own())).toBe("directly");
	});

	test("a proxy", async () => {
		class ProxyAgent {
			dispatch = dispatch;
		}
		expect(await callWith(new ProxyAgent())).toBe("its own way");
	});

	test("an interceptor", async () => {
		const composed = new Proxy(own(), {
			get: (target, name) => (name === "dispatch" ? dispatch : Reflect.get(target, name)),
		});
		expect(await callWith(composed)).toBe("its own way");
	});

	test("certificates", async () => {
		class Agent {
			dispatch(): never {
				return dispatch();
			}
		}
		const options = { [Symbol("options")]: { connect: { ca: "its own" } } };
		expect(await callWith(Object.assign(new Agent(), options))).toBe("its own way");
	});

	test("a function, whenever it was put there", async () => {
		const { url } = await startServer((_request, response) => response.end("directly"));
		vi.stubGlobal("fetch", async () => new Response("its own way"));
		onTestFinished(() => void vi.unstubAllGlobals());
		expect(await (await openFetch()(post(url))).text()).toBe("its own way");
		vi.resetModules();
		const { createFetch: loadedLate } = await import("../../src/node/fetch.js");
		expect(await (await loadedLate(createAgents(1))(post(url))).text()).toBe("its own way");
	});
});

test.each<[string, RequestListener]>([
	["closes at once", (request) => void request.socket.destroy()],
	[
		"breaks off in the middle of its answer",
		(_request, response) => {
			response.writeHead(200, { "content-length": 100 });
			response.write("{", () => response.destroy());
		},
	],
])("an endpoint that %s is a network failure", async (_name, onRequest) => {
	const { url } = await startServer(onRequest);
	expect(await rejection(openFetch()(post(url)))).toSatisfy(isNetworkFailure);
});

test("nobody at the address is a network failure with the system's code", async () => {
	const error = await rejection(openFetch()(post("http://127.0.0.1:1/?token=secret")));
	expect(error).toSatisfy(isNetworkFailure);
	expect(error).toMatchObject({ cause: { code: "ECONNREFUSED" } });
});

test("an abort ends a call with its reason and closes the connection", async () => {
	const closed = Promise.withResolvers<void>();
	const { url } = await startServer((request) => {
		request.socket.on("close", () => closed.resolve());
		controller.abort("enough");
	});
	const controller = new AbortController();
	expect(await rejection(openFetch()(post(url, { signal: controller.signal })))).toBe("enough");
	await closed.promise;
});
