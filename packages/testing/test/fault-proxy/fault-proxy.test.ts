import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
	Agent,
	createServer,
	request as httpRequest,
	type IncomingMessage,
	type RequestListener,
} from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { s3Provider } from "@skyput/server/s3";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
	type Fault,
	type FaultEffect,
	type FaultProxy,
	type FaultProxyOptions,
	faultTable,
	type ProxyClock,
	startFaultProxy,
	startS3Server,
} from "../../src/index.js";

const mebibyte = 1024 * 1024;
const body = randomBytes(4 * mebibyte);

let closing: (() => Promise<void>)[] = [];
afterEach(async () => {
	for (const close of closing.reverse()) await close();
	closing = [];
});

interface Target {
	readonly endpoint: string;
	/** The bodies that arrived whole. */
	readonly bodies: Buffer[];
	readonly requests: IncomingMessage[];
	/** Bytes of all bodies, whole or not. */
	received: number;
}

/** A server that responds `stored` to every request, once it has read it and `ready` has resolved. */
async function startTarget(
	text = "stored",
	ready: Promise<void> = Promise.resolve(),
): Promise<Target> {
	const server = createServer({ keepAliveTimeout: 60_000 });
	const target: Target = { endpoint: "", bodies: [], requests: [], received: 0 };
	server.on("request", (request, response) => {
		target.requests.push(request);
		const chunks: Buffer[] = [];
		request.on("error", () => {});
		request.on("data", (chunk: Buffer) => {
			chunks.push(chunk);
			target.received += chunk.length;
		});
		request.on("end", () => {
			target.bodies.push(Buffer.concat(chunks));
			void ready.then(() => response.end(request.method === "HEAD" ? undefined : text));
		});
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	closing.push(async () => {
		server.closeAllConnections();
		server.close();
	});
	const { port } = server.address() as AddressInfo;
	return Object.assign(target, { endpoint: `http://127.0.0.1:${port}` });
}

/** A server that refuses every request without reading its body. */
async function startRefuser(onExpect?: RequestListener): Promise<string> {
	const server = createServer((_, response) => response.writeHead(412).end());
	if (onExpect) server.on("checkContinue", onExpect);
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	closing.push(async () => {
		server.closeAllConnections();
		server.close();
	});
	const { port } = server.address() as AddressInfo;
	return `http://127.0.0.1:${port}`;
}

async function startProxy(options: FaultProxyOptions): Promise<FaultProxy> {
	const proxy = await startFaultProxy(options);
	closing.push(proxy.close);
	return proxy;
}

/** A clock that only sleepers move. */
function stoppedClock(): ProxyClock {
	let now = 0;
	return {
		now: () => now,
		async sleep(milliseconds) {
			now += milliseconds;
		},
	};
}

/** Two addresses of this machine: containers often lack the second one of other systems. */
const addresses = ["127.0.0.1", process.platform === "linux" ? "127.0.0.2" : "::1"];

/** The URL of a key at one address of a proxy. */
function urlOn(endpoint: string, address: string): URL {
	const url = new URL("/x", endpoint);
	url.hostname = address.includes(":") ? `[${address}]` : address;
	return url;
}

const ruleOf = (effect: FaultEffect) => ({ fault: { name: "test", effect } });

/** A target, and a proxy that has one effect on every request. */
async function startBoth(effect: FaultEffect, options: Partial<FaultProxyOptions> = {}) {
	const target = await startTarget();
	const proxy = await startProxy({ target: target.endpoint, ...options });
	proxy.rules.push(ruleOf(effect));
	return { target, proxy };
}

interface Received {
	readonly status: number;
	readonly headers: IncomingMessage["headers"];
	readonly text: string;
}

function send(
	url: string,
	bytes: Buffer = body,
	headers: Record<string, string> = {},
	{ method = "PUT", agent = false }: { method?: string; agent?: Agent | false } = {},
): Promise<Received> {
	return new Promise((resolve, reject) => {
		const request = httpRequest(url, {
			method,
			headers: { "content-length": bytes.length, ...headers },
			agent,
		});
		request.on("error", reject);
		request.on("close", () => reject(new Error("closed")));
		request.on("response", (response) => {
			const chunks: Buffer[] = [];
			response.on("error", reject);
			response.on("data", (chunk: Buffer) => chunks.push(chunk));
			response.on("end", () =>
				resolve({
					status: response.statusCode ?? 0,
					headers: response.headers,
					text: Buffer.concat(chunks).toString(),
				}),
			);
		});
		if (headers["expect"] === undefined) request.end(bytes);
		else {
			request.flushHeaders();
			request.on("continue", () => request.end(bytes));
		}
	});
}

const failure = async (sending: Promise<unknown>): Promise<string> =>
	sending.then(
		() => "no failure",
		(error: NodeJS.ErrnoException) => error.code ?? error.message,
	);

describe("without a fault", () => {
	test("path, query, headers, Host, body and response pass unchanged", async () => {
		const target = await startTarget();
		const proxy = await startProxy({ target: target.endpoint });
		const path = "//a/../%2e/b%20c?x=1&y=%2F";
		const { status, text } = await rawRequest(proxy.endpoint, path);
		expect([status, text]).toEqual([200, "stored"]);
		expect(target.requests[0]?.url).toBe(path);
		expect(target.requests[0]?.headers).toMatchObject({ host: "elsewhere.example", "x-own": "1" });
		expect(target.bodies).toEqual([Buffer.from("hello")]);
	});

	test("a URL signed for the proxy is valid for the storage behind it", async () => {
		const storage = await startS3Server();
		closing.push(storage.close);
		const proxy = await startProxy({ target: storage.endpoint });
		const { region, bucket, accessKeyId, secretAccessKey, capabilities } = storage;
		const provider = s3Provider({
			bucket,
			region,
			endpoint: proxy.endpoint,
			credentials: { accessKeyId, secretAccessKey },
			capabilities,
		});
		const spec = { key: "a b/ü.bin", size: body.length };
		const signed = await provider.signUpload(spec, { expiresIn: 60, createOnly: true });
		expect((await send(signed.url, body, signed.headers)).status).toBe(200);
		const asking = { ...signed.headers, expect: "100-continue" };
		expect((await send(signed.url, body, asking)).status).toBe(412);
		expect(await provider.head(spec.key)).toMatchObject({ size: body.length });
		expect(proxy.log.map(({ operation, path }) => [operation, path])).toEqual([
			["PutObject", `/${bucket}/a%20b/%C3%BC.bin`],
			["PutObject", `/${bucket}/a%20b/%C3%BC.bin`],
			["HeadObject", `/${bucket}/a%20b/%C3%BC.bin`],
		]);
		expect(JSON.stringify(proxy.log)).not.toContain("Signature");
	});

	test("a sender that expects 100 Continue gets the decision of the target", async () => {
		const storage = await startS3Server();
		closing.push(storage.close);
		const proxy = await startProxy({ target: storage.endpoint });
		const refused = send(`${proxy.endpoint}/skyput/x`, body, { expect: "100-continue" });
		expect((await refused).status).toBe(403);

		const target = await startTarget();
		const other = await startProxy({ target: target.endpoint });
		const taken = await send(`${other.endpoint}/x`, body, { expect: "100-continue" });
		expect([taken.status, target.bodies[0]?.equals(body)]).toEqual([200, true]);
	});

	test("a slow target slows the sender down", async () => {
		let stopped: Socket | undefined;
		const server = createServer((request, response) => {
			if (request.method === "GET") response.end();
			else stopped = request.socket;
		});
		server.listen(0, "127.0.0.1");
		await once(server, "listening");
		closing.push(async () => {
			server.closeAllConnections();
			server.close();
		});
		const { port } = server.address() as AddressInfo;
		const proxy = await startProxy({ target: `http://127.0.0.1:${port}` });
		const total = 64 * mebibyte;
		const socket = connect(Number(new URL(proxy.endpoint).port), "127.0.0.1");
		socket.on("error", () => {});
		socket.write(`PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: ${total}\r\n\r\n`);
		socket.write(Buffer.alloc(total));
		await vi.waitUntil(() => stopped !== undefined, { timeout: 240_000 });
		// as many requests as it would take to pass all of it on
		for (let turn = 0; turn < 100; turn++) await (await fetch(proxy.endpoint)).text();
		// what the kernel's buffers and the proxy hold, which is far from all
		expect(socket.bytesWritten - socket.writableLength).toBeLessThan(total / 2);
		socket.destroy();
	});

	test("bandwidth and latency are limited as asked", async () => {
		const target = await startTarget();
		const clock = stoppedClock();
		const options = { target: target.endpoint, bandwidth: 8 * mebibyte, latency: 100, clock };
		const proxy = await startProxy(options);
		await send(`${proxy.endpoint}/x`);
		expect(Math.floor(clock.now())).toBe(600);
		expect(target.bodies[0]?.equals(body)).toBe(true);
	});

	test("a sender that disconnects halfway disconnects the target", async () => {
		const target = await startTarget();
		const proxy = await startProxy({ target: target.endpoint });
		const socket = connect(Number(new URL(proxy.endpoint).port), "127.0.0.1");
		socket.write("PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf");
		await expect.poll(() => target.received).toBe(4);
		socket.destroy();
		await expect.poll(() => target.requests[0]?.destroyed).toBe(true);
		await expect.poll(() => proxy.log[0]?.done).toBe(true);
		expect(target.bodies).toEqual([]);
	});
});

describe("the body", () => {
	test.each([
		["before", "start", [0, 0]],
		["in the middle of", "middle", [0, 0.5]],
		["right at the end of", "end", [0.5, 1]],
	] as const)("a reset %s it keeps it from the target", async (_name, at, [least, most]) => {
		const { target, proxy } = await startBoth({ kind: "reset", at });
		expect(await failure(send(`${proxy.endpoint}/x`))).toMatch(/ECONNRESET|EPIPE/);
		await expect.poll(() => proxy.log[0]?.done).toBe(true);
		expect(target.bodies).toEqual([]);
		expect(target.received).toBeGreaterThanOrEqual(least * body.length);
		expect(target.received).toBeLessThanOrEqual(most * body.length);
		expect(proxy.log[0]).toEqual({
			at: expect.any(Number),
			method: "PUT",
			path: "/x",
			operation: "PutObject",
			fault: "test",
			done: true,
		});
	});

	test("a stalled body stops the sender until it disconnects", async () => {
		const { target, proxy } = await startBoth({ kind: "stall", at: "request" });
		const socket = connect(Number(new URL(proxy.endpoint).port), "127.0.0.1");
		socket.on("error", () => {});
		socket.write(`PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: ${64 * mebibyte}\r\n\r\n`);
		socket.write(Buffer.alloc(64 * mebibyte));
		await expect.poll(() => target.received).toBeGreaterThan(31 * mebibyte);
		await expect.poll(() => proxy.log[0]?.done).toBe(true);
		expect(target.received).toBeLessThanOrEqual(32 * mebibyte);
		expect([socket.writableLength > 0, socket.destroyed]).toEqual([true, false]);
		expect(proxy.log[0]).toMatchObject({ fault: "test", done: true });
		socket.destroy();
	});

	test("a stalled body also withholds an early refusal of the target", async () => {
		const proxy = await startProxy({ target: await startRefuser() });
		proxy.rules.push(ruleOf({ kind: "stall", at: "request" }));
		const url = new URL("/x", proxy.endpoint);
		const request = httpRequest(url, { method: "PUT", agent: false });
		let answered = false;
		request.on("error", () => {}).on("response", () => (answered = true));
		request.setHeader("content-length", 64 * mebibyte);
		request.write(Buffer.alloc(48 * mebibyte));
		await expect.poll(() => proxy.log[0]?.targetStatus).toBe(412);
		await expect.poll(() => proxy.log[0]?.done).toBe(true);
		expect(answered).toBe(false);
		request.destroy();
	});

	test("a flipped bit is the only difference", async () => {
		const { target, proxy } = await startBoth({ kind: "flip-bit" });
		expect((await send(`${proxy.endpoint}/x`)).status).toBe(200);
		const [arrived = Buffer.alloc(0)] = target.bodies;
		const differing = [...arrived.keys()].filter((index) => arrived[index] !== body[index]);
		expect(differing).toEqual([body.length / 2]);
		expect((arrived[body.length / 2] ?? 0) ^ (body[body.length / 2] ?? 0)).toBe(1);
	});

	test("a throttled body arrives slowly", async () => {
		const clock = stoppedClock();
		const effect: FaultEffect = { kind: "throttle", bandwidth: 8 * mebibyte };
		const { proxy } = await startBoth(effect, { clock });
		await send(`${proxy.endpoint}/x`);
		expect(Math.floor(clock.now())).toBe(500);
	});
});

describe("the response", () => {
	test("is dropped after the target has the request", async () => {
		const { target, proxy } = await startBoth({ kind: "drop-response" });
		expect(await failure(send(`${proxy.endpoint}/x`))).toMatch(/ECONNRESET/);
		expect(target.bodies[0]?.equals(body)).toBe(true);
		expect(proxy.log[0]).toMatchObject({ targetStatus: 200, done: true });
		expect(proxy.log[0]?.status).toBeUndefined();
	});

	test("is withheld after the target has the request", async () => {
		const { target, proxy } = await startBoth({ kind: "stall", at: "response" });
		const socket = connect(Number(new URL(proxy.endpoint).port), "127.0.0.1");
		let heard = 0;
		socket.on("data", (chunk) => {
			heard += chunk.length;
		});
		socket.write("PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
		await expect.poll(() => proxy.log[0]?.targetStatus).toBe(200);
		expect([target.bodies.length, heard, proxy.log[0]?.done]).toEqual([1, 0, false]);
		socket.destroy();
		await expect.poll(() => proxy.log[0]?.done).toBe(true);
	});

	test("is withheld when it was early, until the sender disconnects halfway", async () => {
		const proxy = await startProxy({ target: await startRefuser() });
		proxy.rules.push(ruleOf({ kind: "stall", at: "response" }));
		const socket = connect(Number(new URL(proxy.endpoint).port), "127.0.0.1");
		socket.on("error", () => {});
		socket.write(`PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: ${64 * mebibyte}\r\n\r\n`);
		socket.write(Buffer.alloc(32 * mebibyte));
		await expect.poll(() => proxy.log[0]?.targetStatus).toBe(412);
		await expect.poll(() => socket.writableLength).toBe(0);
		expect(proxy.log[0]?.done).toBe(false);
		socket.destroy();
		await expect.poll(() => proxy.log[0]?.done).toBe(true);
	});

	test("is withheld from a sender that was refused before 100 Continue and sends anyway", async () => {
		const target = await startRefuser((_, response) => void response.writeHead(412).end());
		const proxy = await startProxy({ target });
		proxy.rules.push(ruleOf({ kind: "stall", at: "response" }));
		const socket = connect(Number(new URL(proxy.endpoint).port), "127.0.0.1");
		socket.on("error", () => {});
		const head = `PUT /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ${64 * mebibyte}`;
		socket.write(`${head}\r\n\r\n`);
		await expect.poll(() => proxy.log[0]?.targetStatus).toBe(412);
		socket.write(Buffer.alloc(32 * mebibyte));
		await expect.poll(() => socket.writableLength).toBe(0);
		socket.destroy();
		await expect.poll(() => proxy.log[0]?.done).toBe(true);
	});

	test.each([
		["its body", "a longer response"],
		["its status line, where it has no body", ""],
	])("is truncated in the middle of %s", async (_name, text) => {
		const target = await startTarget(text);
		const proxy = await startProxy({ target: target.endpoint });
		proxy.rules.push(ruleOf({ kind: "truncate-response" }));
		expect(await failure(send(`${proxy.endpoint}/x`))).not.toBe("no failure");
		expect(target.bodies.length).toBe(1);
		expect(proxy.log[0]).toMatchObject({ targetStatus: 200 });
		expect(proxy.log[0]?.status).toBeUndefined();
	});

	test("is injected while the body is being sent, and the target gets no request", async () => {
		const { target, proxy } = await startBoth({
			kind: "respond",
			when: "early",
			status: 503,
			code: "SlowDown",
			retryAfter: 7,
		});
		const asked = await send(`${proxy.endpoint}/x`, body, { expect: "100-continue" });
		expect([asked.status, asked.headers["retry-after"]]).toEqual([503, "7"]);
		expect(asked.headers.connection).toBe("close");
		expect(asked.text).toContain("<Code>SlowDown</Code>");
		expect(target.requests).toEqual([]);
	});

	test("is injected after the body, and the connection stays open", async () => {
		const { target, proxy } = await startBoth({ kind: "respond", when: "after-body", status: 502 });
		const answer = await send(`${proxy.endpoint}/x`);
		expect([answer.status, answer.text]).toEqual([502, '{"message":"Injected"}']);
		expect(answer.headers["retry-after"]).toBeUndefined();
		expect(target.requests).toEqual([]);
	});

	test("is readable by pages where that is wanted", async () => {
		const busy = { kind: "respond", when: "after-body", status: 503, code: "SlowDown" } as const;
		const { proxy } = await startBoth({ ...busy, retryAfter: 3, readable: true });
		const answer = await send(`${proxy.endpoint}/x`);
		expect(answer.headers["access-control-allow-origin"]).toBe("*");
		expect(answer.headers["access-control-expose-headers"]).toBe("Retry-After");
		const hidden = await startBoth(busy);
		const { headers } = await send(`${hidden.proxy.endpoint}/x`);
		expect(headers["access-control-allow-origin"]).toBeUndefined();
	});

	test("is replaced after the target has processed the request", async () => {
		const { target, proxy } = await startBoth({
			kind: "respond",
			when: "after-target",
			status: 504,
		});
		expect((await send(`${proxy.endpoint}/x`)).status).toBe(504);
		expect(target.bodies.length).toBe(1);
		expect(proxy.log[0]).toMatchObject({ status: 504, targetStatus: 200 });
	});

	test.each([
		[412, 403],
		[404, 412],
	])("is replaced only where its status is %d", async (replaces, status) => {
		const proxy = await startProxy({ target: await startRefuser() });
		proxy.rules.push(ruleOf({ kind: "respond", when: "after-target", replaces, status: 403 }));
		expect((await send(`${proxy.endpoint}/x`)).status).toBe(status);
		expect(proxy.log[0]).toMatchObject({ targetStatus: 412, status });
	});

	test("is logged even when the sender has disconnected", async () => {
		let respond = (): void => {};
		const target = await startTarget(
			"stored",
			new Promise((resolve) => {
				respond = resolve;
			}),
		);
		const proxy = await startProxy({ target: target.endpoint });
		const socket = connect(Number(new URL(proxy.endpoint).port), "127.0.0.1");
		socket.write("PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
		await expect.poll(() => target.bodies.length).toBe(1);
		socket.destroy();
		respond();
		await expect.poll(() => proxy.log[0]?.done).toBe(true);
		expect(proxy.log[0]?.targetStatus).toBe(200);
		expect(proxy.log[0]?.status).toBeUndefined();
	});
});

describe("a connection or an address", () => {
	/** Sends two requests over one connection; the milliseconds that each took by the clock. */
	async function sendTwice(endpoint: string, clock: ProxyClock): Promise<readonly number[]> {
		const agent = new Agent({ keepAlive: true, maxSockets: 1 });
		closing.push(async () => agent.destroy());
		const times: number[] = [];
		for (let round = 0; round < 2; round++) {
			const began = clock.now();
			await send(`${endpoint}/x`, body, {}, { agent });
			times.push(Math.floor(clock.now() - began));
		}
		return times;
	}

	test("that is a straggler stays slow, and others are not", async () => {
		const clock = stoppedClock();
		const effect: FaultEffect = { kind: "straggler", bandwidth: 8 * mebibyte };
		const target = await startTarget();
		const proxy = await startProxy({ target: target.endpoint, clock });
		proxy.rules.push({ ...ruleOf(effect), nth: 1 });
		expect(await sendTwice(proxy.endpoint, clock)).toEqual([500, 500]);
		expect(await sendTwice(proxy.endpoint, clock)).toEqual([0, 0]);
	});

	test("takes the body and is silent; the target gets no request", async () => {
		const { target, proxy } = await startBoth({ kind: "silence" });
		const socket = connect(Number(new URL(proxy.endpoint).port), "127.0.0.1");
		let heard = 0;
		socket.on("data", (chunk) => {
			heard += chunk.length;
		});
		socket.write(`PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: ${64 * mebibyte}\r\n\r\n`);
		socket.write(Buffer.alloc(64 * mebibyte));
		await expect.poll(() => socket.writableLength).toBe(0);
		socket.destroy();
		await expect.poll(() => proxy.log[0]?.done).toBe(true);
		expect([heard, target.requests]).toEqual([0, []]);
	});

	test("dies, while the others work, and the last one never does", async () => {
		const target = await startTarget();
		const proxy = await startProxy({ target: target.endpoint, addresses });
		expect(proxy.endpoint).toMatch(/^http:\/\/localhost:\d+$/);
		const [first, second] = addresses.map((address) => urlOn(proxy.endpoint, address));
		proxy.rules.push({ ...ruleOf({ kind: "dead-address" }), nth: 2 });
		expect((await send(`${first}`)).status).toBe(200);
		expect(await failure(send(`${first}`))).toMatch(/ECONNRESET|EPIPE/);
		expect(await failure(send(`${first}`))).toBe("ECONNREFUSED");
		expect((await send(`${second}`)).status).toBe(200);
		proxy.rules.push({ ...ruleOf({ kind: "dead-address" }), nth: 1 });
		expect(await failure(send(`${second}`))).toMatch(/ECONNRESET|EPIPE/);
		expect((await send(`${second}`)).status).toBe(200);
	});

	test("dies in silence: it still accepts connections", async () => {
		const target = await startTarget();
		const proxy = await startProxy({ target: target.endpoint, addresses });
		proxy.rules.push({ ...ruleOf({ kind: "dead-address", silent: true }), nth: 1 });
		const [first, second] = addresses.map((address) => urlOn(proxy.endpoint, address));
		const silent = new AbortController();
		const sending = [1, 2].map(() => failure(fetch(`${first}`, { signal: silent.signal })));
		await expect.poll(() => proxy.log.length).toBe(2);
		expect((await send(`${second}`)).status).toBe(200);
		silent.abort();
		await Promise.all(sending);
		expect(target.requests.length).toBe(1);
	});

	test("without addresses none is started", async () => {
		const starting = startFaultProxy({ target: "http://127.0.0.1:1", addresses: [] });
		await expect(starting).rejects.toThrow("at least one address");
	});
});

describe("rules", () => {
	const noSuchUpload: FaultEffect = {
		kind: "respond",
		when: "after-body",
		status: 404,
		code: "NoSuchUpload",
	};
	const fault = { name: "gone", effect: noSuchUpload };
	const statuses = async (proxy: FaultProxy, calls: readonly (readonly [string, string])[]) => {
		const all: number[] = [];
		for (const [method, path] of calls) {
			all.push((await send(proxy.endpoint + path, Buffer.alloc(1), {}, { method })).status);
		}
		return all;
	};

	test("match by method, path, operation and part number, and the first match wins", async () => {
		const target = await startTarget();
		const proxy = await startProxy({ target: target.endpoint });
		proxy.rules.push(
			{ fault, operation: "UploadPart", partNumber: 2, path: /\/a$/ },
			{ fault: { name: "busy", effect: { ...noSuchUpload, status: 503 } }, path: "/b/a" },
			{ fault: { name: "no", effect: { ...noSuchUpload, status: 405 } }, method: "DELETE" },
		);
		expect(
			await statuses(proxy, [
				["PUT", "/b/a?partNumber=1&uploadId=u"],
				["PUT", "/b/a?partNumber=2&uploadId=u"],
				["PUT", "/b/c?partNumber=2&uploadId=u"],
				["PUT", "/b/a"],
				["DELETE", "/b/a"],
				["DELETE", "/b/c"],
			]),
		).toEqual([503, 404, 200, 503, 503, 405]);
	});

	test("can hit a single match", async () => {
		const target = await startTarget();
		const proxy = await startProxy({ target: target.endpoint });
		proxy.rules.push({ fault, operation: "PutObject", nth: 2 });
		const put = ["PUT", "/b/a"] as const;
		expect(await statuses(proxy, [put, ["POST", "/uploads"], put, put])).toEqual([
			200, 200, 404, 200,
		]);
		expect(proxy.log.map(({ fault: name }) => name)).toEqual([
			undefined,
			undefined,
			"gone",
			undefined,
		]);
	});

	test("can spare requests that are sent again, and count the others alone", async () => {
		const target = await startTarget();
		const proxy = await startProxy({ target: target.endpoint });
		for (const nth of [1, 3]) {
			proxy.rules.push({ fault, operation: "PutObject", attempt: 1, nth });
		}
		const [a, b, c] = ["a", "b", "c"].map((name) => ["PUT", `/b/${name}`] as const);
		if (!a || !b || !c) return expect.unreachable();
		expect(await statuses(proxy, [a, a, b, a, b, c, c])).toEqual([
			404, 200, 200, 200, 200, 404, 200,
		]);
	});

	test("can run something first", async () => {
		const target = await startTarget();
		const proxy = await startProxy({ target: target.endpoint });
		const act = async (path: string): Promise<void> => {
			await send(`${target.endpoint}${path}`, Buffer.from("other"));
		};
		proxy.rules.push({ fault: { name: "other writer", effect: { kind: "run-first", run: act } } });
		await send(`${proxy.endpoint}/x`, Buffer.from("own"));
		expect(target.bodies.map(String)).toEqual(["other", "own"]);
	});

	test("know the operations of a storage and of an upload handler", async () => {
		const target = await startTarget();
		const proxy = await startProxy({ target: target.endpoint });
		await statuses(proxy, [
			["PUT", "/b/k"],
			["PUT", "/b/k?uploadId=u&partNumber=3"],
			["POST", "/b/k?uploads="],
			["GET", "/b/k?uploadId=u"],
			["POST", "/b/k?uploadId=u"],
			["DELETE", "/b/k?uploadId=u"],
			["DELETE", "/b/k"],
			["HEAD", "/b/k"],
			["GET", "/stage/uploads?key=k"],
			["POST", "/stage/uploads"],
			["POST", "/uploads/parts"],
			["POST", "/uploads/list"],
			["POST", "/uploads/complete"],
			["POST", "/uploads/abort"],
			["OPTIONS", "/uploads"],
		]);
		expect(proxy.log.map(({ operation }) => operation)).toEqual([
			"PutObject",
			"UploadPart",
			"CreateMultipartUpload",
			"ListParts",
			"CompleteMultipartUpload",
			"AbortMultipartUpload",
			"other",
			"HeadObject",
			"sign",
			"create",
			"parts",
			"list",
			"complete",
			"abort",
			"other",
		]);
		expect(proxy.log[1]?.partNumber).toBe(3);
	});
});

describe("random faults", () => {
	const answers: readonly Fault[] = [500, 502, 503].map((status) => ({
		name: `${status}`,
		operations: ["PutObject"],
		effect: { kind: "respond", when: "after-body", status },
	}));

	async function outcomes(
		seed: number,
		paths: readonly string[],
	): Promise<ReadonlyMap<string, string>> {
		const target = await startTarget();
		const proxy = await startProxy({ target: target.endpoint, seed, rate: 0.3, faults: answers });
		for (const path of paths) await send(proxy.endpoint + path, Buffer.alloc(1));
		const tried = new Map<string, number>();
		return new Map(
			proxy.log.map(({ path, fault }) => {
				const times = (tried.get(path) ?? 0) + 1;
				tried.set(path, times);
				return [`${path} ${times}`, fault ?? "none"];
			}),
		);
	}

	const paths = Array.from({ length: 120 }, (_, index) => `/b/${index % 40}`);

	test("are the same for the same seed in any order of requests", async () => {
		const first = await outcomes(7, paths);
		const again = await outcomes(7, paths.toReversed());
		expect(new Map([...again].sort())).toEqual(new Map([...first].sort()));
		expect(await outcomes(8, paths)).not.toEqual(first);
	});

	test("hit the given share of requests, with every fault", async () => {
		const hits = [...(await outcomes(1, paths)).values()];
		const share = hits.filter((name) => name !== "none").length / hits.length;
		expect(share).toBeGreaterThan(0.2);
		expect(share).toBeLessThan(0.4);
		expect(new Set(hits)).toEqual(new Set(["none", "500", "502", "503"]));
	});

	test("hit only the operations of a fault", async () => {
		const target = await startTarget();
		const proxy = await startProxy({ target: target.endpoint, rate: 1, faults: answers });
		expect((await send(`${proxy.endpoint}/uploads`, body, {}, { method: "POST" })).status).toBe(
			200,
		);
		expect((await send(`${proxy.endpoint}/b/k`)).status).toBeGreaterThanOrEqual(500);
	});

	test("have unique names and operations in the fault table", () => {
		expect(new Set(faultTable.map(({ name }) => name)).size).toBe(faultTable.length);
		expect(faultTable.filter(({ operations }) => operations.length === 0)).toEqual([]);
	});
});

/** A request whose path and Host a client library would change. */
async function rawRequest(
	endpoint: string,
	path: string,
): Promise<Pick<Received, "status" | "text">> {
	const socket = connect(Number(new URL(endpoint).port), "127.0.0.1");
	socket.write(
		`PUT ${path} HTTP/1.1\r\nHost: elsewhere.example\r\nX-Own: 1\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello`,
	);
	const chunks: Buffer[] = [];
	for await (const chunk of socket) chunks.push(chunk);
	const [head = "", text = ""] = Buffer.concat(chunks).toString().split("\r\n\r\n");
	return { status: Number(head.split(" ")[1]), text: text.replace(/^6\r\n|\r\n0$/g, "") };
}
