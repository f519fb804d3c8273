import { once } from "node:events";
import http, { Agent, createServer, request, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { defineUploads } from "@skyput/server";
import { startBackend } from "@skyput/testing";
import { expect, onTestFinished, test } from "vitest";
import { createClient } from "../../src/node/index.js";
import { createAgents, createSend } from "../../src/node/send.js";
import { openSource } from "../../src/node/sources/open.js";
import type { UploadSource } from "../../src/platform.js";

async function listen(server: Server): Promise<string> {
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Forwards requests in absolute form and tunnels CONNECT, all to one server. */
async function startProxy(origin: string): Promise<{ url: string; seen: string[] }> {
	const seen: string[] = [];
	const { port } = new URL(origin);
	const proxy = createServer((incoming, response) => {
		const url = new URL(incoming.url ?? "");
		seen.push(`${incoming.method} ${url.href}`);
		const { method, headers } = incoming;
		const outgoing = request(origin + url.pathname, { method, headers }, (answer) => {
			response.writeHead(answer.statusCode ?? 502, answer.headers);
			answer.pipe(response);
		});
		incoming.pipe(outgoing);
	});
	const tunnels = new Set<Socket>();
	onTestFinished(() => {
		for (const socket of tunnels) socket.destroy();
	});
	proxy.on("connect", (incoming, socket: Socket) => {
		seen.push(`CONNECT ${incoming.url}`);
		tunnels.add(socket);
		const upstream = connect(Number(port), "127.0.0.1", () => {
			socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
			socket.pipe(upstream).pipe(socket);
		});
		upstream.on("error", () => socket.destroy());
		socket.on("error", () => upstream.destroy());
	});
	return { url: await listen(proxy), seen };
}

async function put(url: string): Promise<Response> {
	const source = (await openSource(new TextEncoder().encode("hello"))) as UploadSource;
	return await createSend(createAgents(1))(
		{ method: "PUT", url, headers: {} },
		source.slice(0, 5),
		{ signal: new AbortController().signal, stallTimeout: 60_000, onSent: () => {} },
	);
}

async function startStorage(): Promise<{ url: string; stored: string[] }> {
	const stored: string[] = [];
	const storage = createServer(async (incoming, response) => {
		stored.push(`${incoming.url} ${await buffer(incoming)}`);
		response.end();
	});
	return { url: await listen(storage), stored };
}

// of Node 22.21 and 24.5
const hasProxies = "setGlobalProxyFromEnv" in http;

test.runIf(hasProxies)("bytes go by the proxy that a program sets while it runs", async () => {
	const storage = await startStorage();
	const proxy = await startProxy(storage.url);
	const restore = http.setGlobalProxyFromEnv({ http_proxy: proxy.url, no_proxy: "127.0.0.1" });
	onTestFinished(restore);
	await put("http://storage.test/a");
	await put(`${storage.url}/b`);
	expect(proxy.seen).toEqual(["PUT http://storage.test/a"]);
	expect(storage.stored).toEqual(["/a hello", "/b hello"]);
});

test.runIf(hasProxies)("bytes to an https storage are tunnelled by its proxy", async () => {
	const storage = await startStorage();
	const proxy = await startProxy(storage.url);
	onTestFinished(http.setGlobalProxyFromEnv({ https_proxy: proxy.url }));
	// the server behind the tunnel speaks no TLS
	await expect(put("https://storage.test/a")).rejects.toThrow("fetch failed");
	expect(proxy.seen).toEqual(["CONNECT storage.test:443"]);
});

test("bytes go through the agent of the option, calls do not", async () => {
	const backend = await startBackend({
		uploads: defineUploads({ ":name": { authorize: "public", maxSize: "1 MB" } }),
	});
	onTestFinished(() => backend.close());
	let connections = 0;
	const agent = new Agent();
	const { createConnection } = agent;
	agent.createConnection = (...args) => {
		connections++;
		return createConnection.apply(agent, args);
	};
	onTestFinished(() => agent.destroy());
	const { uploadFile } = createClient({ endpoint: backend.endpoint, agent });
	await uploadFile(new TextEncoder().encode("hello"), "a");
	expect(connections).toBe(1);
	expect(Buffer.from((await backend.read("a")) ?? []).toString()).toBe("hello");
}, 60_000);
