import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import http, { Agent, createServer, type RequestListener, request, type Server } from "node:http";
import https from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import tls from "node:tls";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { defineUploads } from "@skyput/server";
import { startBackend } from "@skyput/testing";
import { build } from "esbuild";
import { expect, onTestFinished, test } from "vitest";
import { certificate } from "../../../../tools/certificate.js";
import { createClient } from "../../src/node/index.js";
import { createReachability } from "../../src/node/reachability.js";
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
async function startProxy(
	origin: string,
	certificate?: https.ServerOptions,
): Promise<{ url: string; seen: string[]; authorizations: string[] }> {
	const seen: string[] = [];
	const authorizations: string[] = [];
	const { port } = new URL(origin);
	const answer: RequestListener = (incoming, response) => {
		const url = new URL(incoming.url ?? "");
		seen.push(`${incoming.method} ${url.href}`);
		const { method, headers } = incoming;
		const authorization = headers["proxy-authorization"];
		if (authorization) authorizations.push(authorization);
		const outgoing = request(origin + url.pathname, { method, headers }, (answer) => {
			response.writeHead(answer.statusCode ?? 502, answer.headers);
			answer.pipe(response);
		});
		incoming.pipe(outgoing);
	};
	const proxy = certificate ? https.createServer(certificate, answer) : createServer(answer);
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
	const url = await listen(proxy);
	return { url: certificate ? url.replace("http:", "https:") : url, seen, authorizations };
}

/** The client as one file that a program can import. */
async function bundleClient(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), "skyput-proxy-"));
	onTestFinished(() => rm(folder, { recursive: true }));
	const outfile = join(folder, "client.mjs");
	const entry = fileURLToPath(new URL("../../src/node/index.ts", import.meta.url));
	await build({
		entryPoints: [entry],
		bundle: true,
		format: "esm",
		platform: "node",
		conditions: ["source"],
		outfile,
	});
	return outfile;
}

async function put(url: string): Promise<Response> {
	const source = (await openSource(new TextEncoder().encode("hello"))) as UploadSource;
	return await createSend(createAgents(1))(
		{ method: "PUT", url, headers: {} },
		source.slice(0, 5),
		{ signal: new AbortController().signal, stallTimeout: 60_000, onSent: () => {} },
	);
}

async function startSink(): Promise<{ url: string; stored: string[] }> {
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
	const storage = await startSink();
	const proxy = await startProxy(storage.url);
	const restore = http.setGlobalProxyFromEnv({ http_proxy: proxy.url, no_proxy: "127.0.0.1" });
	onTestFinished(restore);
	await put("http://storage.test/a");
	await put(`${storage.url}/b`);
	expect(proxy.seen).toEqual(["PUT http://storage.test/a"]);
	expect(storage.stored).toEqual(["/a hello", "/b hello"]);
});

test.runIf(hasProxies)("the variables of the proxies may be in upper case", async () => {
	const storage = await startSink();
	const proxy = await startProxy(storage.url);
	onTestFinished(
		http.setGlobalProxyFromEnv({ HTTP_PROXY: proxy.url, NO_PROXY: "127.0.0.1,.local" }),
	);
	await put("http://storage.test/a");
	await put(`${storage.url}/b`);
	expect(proxy.seen).toEqual(["PUT http://storage.test/a"]);
	expect(storage.stored).toEqual(["/a hello", "/b hello"]);
});

test.runIf(hasProxies)(
	"the proxy gets the user and password of its URL, the storage does not",
	async () => {
		const storage = await startSink();
		const proxy = await startProxy(storage.url);
		const url = proxy.url.replace("//", "//me:s%40crt@");
		onTestFinished(http.setGlobalProxyFromEnv({ http_proxy: url, no_proxy: "127.0.0.1" }));
		await put("http://storage.test/a");
		expect(proxy.authorizations).toEqual([`Basic ${btoa("me:s@crt")}`]);
		expect(storage.stored).toEqual(["/a hello"]);
	},
);

test.runIf(hasProxies && "setDefaultCACertificates" in tls)(
	"the proxy may be an https server",
	async () => {
		const trusted = tls.getCACertificates();
		tls.setDefaultCACertificates([...trusted, certificate.cert]);
		onTestFinished(() => tls.setDefaultCACertificates(trusted));
		const storage = await startSink();
		const proxy = await startProxy(storage.url, certificate);
		onTestFinished(http.setGlobalProxyFromEnv({ http_proxy: proxy.url, no_proxy: "127.0.0.1" }));
		await put("http://storage.test/a");
		expect(proxy.seen).toEqual(["PUT http://storage.test/a"]);
		expect(storage.stored).toEqual(["/a hello"]);
	},
);

test.runIf(hasProxies)(
	"calls and bytes of a program go by the proxies of its environment alike",
	async () => {
		const backend = await startBackend({
			uploads: defineUploads({ ":name": { authorize: "public", maxSize: "1 MB" } }),
		});
		onTestFinished(() => backend.close());
		const seen: string[] = [];
		const proxy = createServer((incoming, response) => {
			const url = new URL(incoming.url ?? "");
			seen.push(`${incoming.method} ${url.pathname}`);
			const { method, headers } = incoming;
			const outgoing = request(url, { method, headers, agent: new Agent() }, (answer) => {
				response.writeHead(answer.statusCode ?? 502, answer.headers);
				answer.pipe(response);
			});
			incoming.pipe(outgoing);
		});
		// `fetch` tunnels every call
		proxy.on("connect", (incoming, socket: Socket) => {
			seen.push("CONNECT");
			const [host, port] = (incoming.url ?? "").split(":");
			const upstream = connect(Number(port), host, () => {
				socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
				socket.pipe(upstream).pipe(socket);
			});
			socket.on("error", () => upstream.destroy());
			upstream.on("error", () => socket.destroy());
		});
		const proxyUrl = await listen(proxy);
		const program = `
		const { createClient } = await import(process.argv[1]);
		await createClient({ endpoint: process.argv[2] }).uploadFile(new Uint8Array(5), "a");`;
		await promisify(execFile)(
			process.execPath,
			["--input-type=module", "--eval", program, await bundleClient(), backend.endpoint],
			{ env: { PATH: process.env["PATH"], NODE_USE_ENV_PROXY: "1", http_proxy: proxyUrl } },
		);
		expect(seen).toHaveLength(2);
		expect(seen[1]).toMatch(/^PUT .*\/a$/);
		expect((await backend.read("a"))?.length).toBe(5);
	},
);

test.runIf(hasProxies)("bytes to an https storage are tunnelled by its proxy", async () => {
	const storage = await startSink();
	const proxy = await startProxy(storage.url);
	onTestFinished(http.setGlobalProxyFromEnv({ https_proxy: proxy.url }));
	// the server behind the tunnel speaks no TLS
	await expect(put("https://storage.test/a")).rejects.toThrow("fetch failed");
	expect(proxy.seen).toEqual(["CONNECT storage.test:443"]);
});

test.runIf(hasProxies)("a proxy that wants a login is named, for calls and bytes", async () => {
	const proxy = createServer().on("connect", (_, socket) =>
		socket.end("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n"),
	);
	const url = await listen(proxy);
	onTestFinished(http.setGlobalProxyFromEnv({ https_proxy: url, http_proxy: url }));
	const failures = [
		() => fetch("https://there.test/", { method: "POST" }),
		() => put("https://there.test/a"),
	];
	for (const fail of failures) {
		const error = await fail().catch((error: unknown) => error);
		const target = { peer: "storage", origin: "https://there.test" } as const;
		const diagnosis = await createReachability().explain(
			error,
			target,
			AbortSignal.timeout(240_000),
		);
		const message = expect.stringContaining("A proxy on the way to there.test:443 wants a login");
		expect(diagnosis).toEqual(["retry", expect.objectContaining({ code: "network", message })]);
	}
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
});
