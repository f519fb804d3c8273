import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test, vi } from "vitest";
import { createAgents } from "../../src/node/agents.js";
import { createFetch } from "../../src/node/fetch.js";
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

test("a program that fetches in a way of its own is asked to", async () => {
	const { url } = await startServer((_request, response) => response.end("over the network"));
	vi.stubGlobal("fetch", async () => new Response("by the program"));
	onTestFinished(() => void vi.unstubAllGlobals());
	expect(await (await openFetch()(post(url))).text()).toBe("by the program");
});

test("a program that goes through a proxy goes through it here", async () => {
	const { url, connections } = await startServer((_request, response) => response.end("directly"));
	const symbol = Symbol.for("undici.globalDispatcher.1");
	// Node makes its own with the first of them
	new Request(url);
	const before: unknown = Reflect.get(globalThis, symbol);
	class ProxyAgent {
		dispatch(): never {
			throw new Error("through the proxy");
		}
	}
	Reflect.set(globalThis, symbol, new ProxyAgent());
	onTestFinished(() => void Reflect.set(globalThis, symbol, before));
	await expect(openFetch()(post(url))).rejects.toMatchObject({
		cause: { message: "through the proxy" },
	});
	expect(connections()).toBe(0);
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
