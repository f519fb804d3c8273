import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { createLambdaHandler } from "../../src/adapters/lambda/create-lambda-handler.js";
import type { LambdaEvent } from "../../src/adapters/lambda/event.js";
import { createNodeHandler } from "../../src/adapters/node.js";
import { createFetchHandler } from "../../src/adapters/web.js";
import type { Audit } from "../../src/audit-event.js";
import { UploadError } from "../../src/errors.js";
import type { Hooks } from "../../src/hooks.js";
import { memoryQuota } from "../../src/limits/quota.js";
import type { RateLimit } from "../../src/limits/rate-limit.js";
import type { Principal } from "../../src/uploads/rule.js";
import { createBody, defaultUploads, tokenSecret } from "../support/call.js";
import { httpApiEvent } from "../support/lambda-event.js";
import { memoryProvider } from "../support/memory-provider.js";

vi.mock("node:crypto", async (original) => ({
	...(await original<typeof import("node:crypto")>()),
	randomUUID: () => "00000000-0000-4000-8000-000000000000",
}));

/** One request, as every adapter gets it. */
interface Sent {
	readonly method: string;
	readonly path: string;
	readonly body?: string;
	readonly headers?: Readonly<Record<string, string>>;
}

interface Answer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
}

const bearer = (header: string | null | undefined): Principal | null =>
	header ? { sub: header.replace("Bearer ", "") } : null;

const options = {
	uploads: defaultUploads,
	tokenSecret,
	problemTypeBase: "https://docs.example/errors/",
	cors: { origins: ["https://app.example", "https://b.example"], credentials: true },
};

const common = { "x-request-id": "request-1", "content-type": "application/json" };

/** What the hooks, the audit and the log of one handler received, times left out. */
function recorded() {
	const calls: unknown[] = [];
	const write = (line: string): void => {
		// stacks differ by adapter
		calls.push(JSON.parse(line, (name, value) => (name === "stack" ? undefined : value)));
	};
	const hooks: Hooks = {
		before: (call) => {
			calls.push(call);
			if (call.requestedKey === "files/limited") {
				throw new UploadError("rate-limited", "Too many uploads.", { retryAfter: 9 });
			}
			if (call.requestedKey === "files/broken") throw new Error("a fault in a hook");
		},
		after: (call, { milliseconds, ...outcome }) => {
			calls.push([call, outcome, milliseconds >= 0]);
			if (call.requestedKey === "files/after") throw new Error("another fault in a hook");
		},
	};
	const rateLimit: RateLimit = {
		take: async ({ requestedKey }) =>
			requestedKey === "files/too-often" ? { ok: false, retryAfter: 30 } : { ok: true },
	};
	const audit: Audit = (event) => {
		calls.push(event);
	};
	const log = { error: write, warn: write, info: write };
	return { calls, options: { ...options, hooks, rateLimit, audit, log } };
}

const records = { lambda: recorded(), web: recorded(), node: recorded() };

/** A storage with one object. */
function storage() {
	const provider = memoryProvider();
	provider.storeObject("shared/a", 5);
	return provider;
}

const lambda = createLambdaHandler({
	...records.lambda.options,
	provider: storage(),
	principal: (event) => bearer(event.headers?.["authorization"]),
});
const web = createFetchHandler({
	...records.web.options,
	provider: storage(),
	principal: (request) => bearer(request.headers.get("authorization")),
});
const node = createNodeHandler({
	...records.node.options,
	provider: storage(),
	principal: (request) => bearer(request.headers.authorization),
});

let server: Server;
let origin: string;
beforeAll(async () => {
	server = createServer((request, response) => void node(request, response));
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
	server.close();
});
beforeEach(() => {
	vi.useFakeTimers({ now: new Date("2026-01-01T00:00:00Z"), toFake: ["Date"] });
	for (const { calls } of Object.values(records)) calls.length = 0;
});
afterEach(() => {
	vi.useRealTimers();
});

/** Headers that belong to the connection, or that a transport adds by itself. */
const transport = new Set([
	"date",
	"connection",
	"keep-alive",
	"transfer-encoding",
	"content-length",
]);

const comparable = (headers: Iterable<[string, string]>): Record<string, string> =>
	Object.fromEntries(
		[...headers]
			.map(([name, value]) => [name.toLowerCase(), value] as const)
			.filter(([name]) => !transport.has(name)),
	);

async function askLambda({ method, path, body, headers }: Sent, handler = lambda): Promise<Answer> {
	const [rawPath = "", rawQueryString = ""] = path.split("?");
	const event: LambdaEvent = {
		version: "2.0",
		rawPath,
		rawQueryString,
		headers: { ...common, ...headers },
		...(body === undefined ? {} : { body }),
		requestContext: { requestId: "request-1", http: { method, path: rawPath } },
	};
	const result = await handler(event);
	return {
		status: result.statusCode,
		headers: comparable(Object.entries(result.headers)),
		body: result.body,
	};
}

const fromResponse = async (response: Response): Promise<Answer> => ({
	status: response.status,
	headers: comparable(response.headers.entries()),
	body: await response.text(),
});

const requestOf = (base: string, { method, path, body, headers }: Sent): Request =>
	new Request(base + path, {
		method,
		redirect: "manual",
		headers: { ...common, ...headers },
		...(body === undefined ? {} : { body }),
	});

const app = { origin: "https://app.example" };
const signedIn = { authorization: "Bearer 7" };
const json = (value: object): string => JSON.stringify(value);

const requests: readonly (readonly [string, Sent])[] = [
	["a plain URL", { method: "GET", path: "/uploads?key=files%2Fa+b.txt" }],
	["a plain URL for a page", { method: "GET", path: "/uploads?key=files/a", headers: app }],
	[
		"a plan",
		{ method: "POST", path: "/uploads", body: json(createBody("files/a", 5)), headers: app },
	],
	[
		"a multipart plan",
		{ method: "POST", path: "/uploads", body: json(createBody("files/a", 2e8)) },
	],
	[
		"a plan for a signed-in caller",
		{
			method: "POST",
			path: "/uploads",
			body: json(createBody("avatars/7/a", 5, { contentType: "image/png" })),
			headers: signedIn,
		},
	],
	[
		"a plan for another caller",
		{
			method: "POST",
			path: "/uploads",
			body: json(createBody("avatars/8/a", 5)),
			headers: signedIn,
		},
	],
	[
		"a plan for nobody",
		{ method: "POST", path: "/uploads", body: json(createBody("avatars/8/a", 5)), headers: app },
	],
	[
		"the limits of a key",
		{ method: "GET", path: "/uploads/rules?key=avatars/7/a", headers: signedIn },
	],
	["a download that nobody may have", { method: "GET", path: "/uploads/download?key=files/a" }],
	["a download", { method: "GET", path: "/uploads/download?key=shared/a", headers: app }],
	[
		"a redirect",
		{ method: "GET", path: "/uploads/download?key=shared/a&redirect=true", headers: app },
	],
	["a download of nothing", { method: "GET", path: "/uploads/download?key=shared/b" }],
	["a status", { method: "POST", path: "/uploads/status", body: json({ key: "shared/a" }) }],
	["a delete", { method: "POST", path: "/uploads/delete", body: json({ key: "shared/c" }) }],
	...(["same-origin", "none", "same-site", "cross-site"] as const).flatMap((site) =>
		([undefined, "https://app.example", "https://evil.example"] as const).map(
			(from): readonly [string, Sent] => [
				`a ${site} POST from ${from}`,
				{
					method: "POST",
					path: "/uploads",
					body: json(createBody("files/a", 5)),
					headers: { "sec-fetch-site": site, ...(from && { origin: from }) },
				},
			],
		),
	),
	[
		"a key that has more bytes than characters",
		{ method: "POST", path: "/uploads", body: json(createBody("files/é€😀", 5)) },
	],
	[
		"a body that begins with a byte order mark",
		{ method: "POST", path: "/uploads", body: `\ufeff${json(createBody("files/a", 5))}` },
	],
	["an empty body", { method: "POST", path: "/uploads", body: "" }],
	["no body", { method: "POST", path: "/uploads/parts" }],
	[
		"a body that is not JSON",
		{ method: "POST", path: "/uploads/complete", body: "{", headers: app },
	],
	[
		"a body of another type",
		{
			method: "POST",
			path: "/uploads",
			body: json(createBody("files/a", 5)),
			headers: { "content-type": "text/plain" },
		},
	],
	[
		"a body longer than any call",
		{ method: "POST", path: "/uploads/complete", body: json({ token: "é".repeat(32_000) }) },
	],
	["a hostile key", { method: "GET", path: "/uploads?key=files/%2e%2e/a" }],
	["a repeated query value", { method: "GET", path: "/uploads?key=a&key=b" }],
	["a malformed query", { method: "GET", path: "/uploads?key=%FF" }],
	[
		"a forged token",
		{ method: "POST", path: "/uploads/abort", body: json({ token: `e30.${"A".repeat(43)}` }) },
	],
	[
		"a preflight",
		{
			method: "OPTIONS",
			path: "/uploads/parts",
			headers: { ...app, "access-control-request-method": "POST" },
		},
	],
	[
		"a preflight of another origin",
		{ method: "OPTIONS", path: "/uploads", headers: { origin: "https://evil.example" } },
	],
	[
		"another origin",
		{ method: "GET", path: "/uploads?key=files/a", headers: { origin: "https://evil.example" } },
	],
	["a wrong method", { method: "DELETE", path: "/uploads", headers: app }],
	["a reserved name", { method: "GET", path: "/uploads/download" }],
	["a call that a hook refuses", { method: "GET", path: "/uploads?key=files/limited" }],
	["a call that a hook breaks", { method: "GET", path: "/uploads?key=files/broken" }],
	["a call beyond the rate limit", { method: "GET", path: "/uploads?key=files/too-often" }],
	["a hook that fails afterwards", { method: "GET", path: "/uploads?key=files/after" }],
	["a mount deep down", { method: "GET", path: "/a/b/c/uploads?key=files/a" }],
];

test.each(requests)("%s is answered alike by Lambda, web and node", async (_what, request) => {
	const expected = await askLambda(request);
	expect(await fromResponse(await web(requestOf("https://api.example", request)))).toEqual(
		expected,
	);
	expect(await fromResponse(await fetch(requestOf(origin, request)))).toEqual(expected);
	expect(records.web.calls).toEqual(records.lambda.calls);
	expect(records.node.calls).toEqual(records.lambda.calls);
});

test("the answers differ among each other, so that equality means something", async () => {
	const answers = await Promise.all(
		requests.map(async ([, request]) => JSON.stringify(await askLambda(request))),
	);
	expect(new Set(answers).size).toBeGreaterThan(15);
	expect(answers.map((answer) => (JSON.parse(answer) as Answer).status)).toEqual(
		expect.arrayContaining([200, 201, 204, 400, 401, 403, 404, 405, 413, 415, 429, 500]),
	);
});

test("node answers HEAD with the length of a body, and a preflight without one", async () => {
	const path = "/uploads?key=files/a";
	const head = await fetch(requestOf(origin, { method: "HEAD", path }));
	const same = await fetch(requestOf(origin, { method: "DELETE", path }));
	expect([head.status, same.status]).toEqual([405, 405]);
	const body = await same.text();
	expect(same.headers.get("content-length")).toBe(String(Buffer.byteLength(body)));
	expect(head.headers.get("content-length")).toMatch(/^[1-9]\d*$/);
	expect(await head.text()).toBe("");
	const preflight = await fetch(
		requestOf(origin, {
			method: "OPTIONS",
			path,
			headers: { ...app, "access-control-request-method": "POST" },
		}),
	);
	expect(preflight.status).toBe(204);
	expect(preflight.headers.get("content-length")).toBeNull();
	expect(preflight.headers.get("transfer-encoding")).toBeNull();
});

test("a quota is answered alike by Lambda, web and node", async () => {
	const limited = () => ({
		...options,
		provider: storage(),
		quota: memoryQuota({ bytes: 10 }),
		log: { error: () => undefined, warn: () => undefined, info: () => undefined },
	});
	const toNode = createNodeHandler(limited());
	const behind = createServer((request, response) => void toNode(request, response));
	behind.listen(0, "127.0.0.1");
	await once(behind, "listening");
	const base = `http://127.0.0.1:${(behind.address() as AddressInfo).port}`;
	const [toLambda, toWeb] = [createLambdaHandler(limited()), createFetchHandler(limited())];
	const create = (size: number): Sent => ({
		method: "POST",
		path: "/uploads",
		body: json(createBody("files/a", size)),
	});
	const statuses: number[] = [];
	for (const sent of [create(11), create(6), { method: "GET", path: "/uploads?key=files/a" }]) {
		const expected = await askLambda(sent, toLambda);
		expect(await fromResponse(await toWeb(requestOf("https://api.example", sent)))).toEqual(
			expected,
		);
		expect(await fromResponse(await fetch(requestOf(base, sent)))).toEqual(expected);
		statuses.push(expected.status);
	}
	expect(statuses).toEqual([403, 201, 501]);
	behind.close();
});

test("a body that is far too long still gets its answer, and one that is not UTF-8 is refused", async () => {
	const post = (body: string | Uint8Array<ArrayBuffer>): Request =>
		new Request(`${origin}/uploads`, { method: "POST", body, headers: common });
	for (const send of [fetch, web]) {
		expect((await send(post("a".repeat(20_000_000)))).status).toBe(413);
		expect((await send(post(new Uint8Array([0x7b, 0xff, 0x7d])))).status).toBe(400);
	}
});

test("a body that the caller or a proxy has compressed is told as that", async () => {
	const body = new Uint8Array(gzipSync(JSON.stringify(createBody("files/a", 5))));
	const headers = { ...common, "content-encoding": "gzip" };
	const post = (): Request => new Request(`${origin}/uploads`, { method: "POST", body, headers });
	for (const send of [fetch, web]) {
		const response = await send(post());
		expect(response.status).toBe(415);
		expect(await response.json()).toMatchObject({
			code: "invalid-request",
			detail: expect.stringMatching(/Content-Encoding is "gzip"\. Send it uncompressed/),
		});
	}
});

test("a client that reads nothing before it has sent a body of 20 MB gets its answer", async () => {
	const sent = httpRequest(`${origin}/uploads`, { method: "POST", headers: common });
	const both = Promise.all([once(sent, "response"), once(sent, "finish")]);
	sent.end(Buffer.alloc(20_000_000, "a"));
	const [[response]] = (await both) as [[IncomingMessage], unknown];
	expect(response.statusCode).toBe(413);
	response.resume();
	await once(response, "end");
});

test("a caller who disconnects in the middle of a body is not logged as a failure", async () => {
	const ended = vi.fn();
	const leaving = createServer((request, response) => {
		void node(request, response).finally(ended);
	});
	leaving.listen(0, "127.0.0.1");
	await once(leaving, "listening");
	const { port } = leaving.address() as AddressInfo;
	const socket = connect(port, "127.0.0.1");
	socket.write(
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
	);
	await once(leaving, "request");
	socket.destroy();
	await expect.poll(() => ended).toHaveBeenCalled();
	expect(records.node.calls).not.toContainEqual(expect.objectContaining({ level: "ERROR" }));
	leaving.close();
});

test("a caller who sends a body a byte at a time is ended by the time limit of node:http, which is no failure of ours", async () => {
	const { headersTimeout, requestTimeout } = createServer();
	expect({ headersTimeout, requestTimeout }).toEqual({
		headersTimeout: 60_000,
		requestTimeout: 300_000,
	});
	const ended = vi.fn();
	const limits = { headersTimeout: 50, requestTimeout: 100, connectionsCheckingInterval: 20 };
	const waiting = createServer(limits, (request, response) => {
		void node(request, response).finally(ended);
	});
	waiting.listen(0, "127.0.0.1");
	await once(waiting, "listening");
	const { port } = waiting.address() as AddressInfo;
	const socket = connect(port, "127.0.0.1");
	let answer = "";
	socket.on("data", (chunk) => {
		answer += chunk;
	});
	const closed = once(socket, "close");
	socket.write(
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
	);
	await closed;
	expect(answer).toMatch(/^HTTP\/1\.1 408 /);
	await expect.poll(() => ended).toHaveBeenCalled();
	expect(records.node.calls).not.toContainEqual(expect.objectContaining({ level: "ERROR" }));
	waiting.close();
});

test("a body that a parser of the framework has read already is taken from there", async () => {
	const body = createBody("files/a", 5);
	for (const parsed of [body, json(body), Buffer.from(json(body))]) {
		const behindParser = createServer(async (request, response) => {
			for await (const _ of request);
			await node(Object.assign(request, { body: parsed }), response);
		});
		behindParser.listen(0, "127.0.0.1");
		await once(behindParser, "listening");
		const { port } = behindParser.address() as AddressInfo;
		const answer = await fetch(`http://127.0.0.1:${port}/`, {
			method: "POST",
			body: "x",
			headers: common,
		});
		expect(answer.status).toBe(201);
		behindParser.close();
	}
});

test("a body that a parser left unread is read, whatever the parser set", async () => {
	const behindParser = createServer((request, response) => {
		// as express.urlencoded and express.text do for JSON
		void node(Object.assign(request, { body: {} }), response);
	});
	behindParser.listen(0, "127.0.0.1");
	await once(behindParser, "listening");
	const { port } = behindParser.address() as AddressInfo;
	const body = json(createBody("files/a", 5));
	const answer = await fetch(`http://127.0.0.1:${port}/`, {
		method: "POST",
		body,
		headers: common,
	});
	expect(answer.status).toBe(201);
	behindParser.close();
});

test("a body that was consumed before the handler is named as that", async () => {
	const consumed = {
		status: 400,
		code: "invalid-request",
		detail: expect.stringContaining("was read before the upload handler got the request"),
	};
	const behindParser = createServer(async (request, response) => {
		for await (const _ of request);
		await node(request, response);
	});
	behindParser.listen(0, "127.0.0.1");
	await once(behindParser, "listening");
	const { port } = behindParser.address() as AddressInfo;
	const init = { method: "POST", body: json(createBody("files/a", 5)), headers: common };
	const answer = await fetch(`http://127.0.0.1:${port}/`, init);
	expect(await answer.json()).toMatchObject(consumed);
	behindParser.close();
	const request = new Request(`${origin}/uploads`, init);
	await request.json();
	expect(await (await web(request)).json()).toMatchObject(consumed);
	const locked = new Request(`${origin}/uploads`, init);
	locked.body?.getReader();
	expect(await (await web(locked)).json()).toMatchObject(consumed);
});

test("a body that is gone, since the framework has answered already, is named as that", async () => {
	const init = { method: "POST", headers: { ...common, "content-length": "90" } };
	for (const body of [null, ""]) {
		const answer = await web(new Request(`${origin}/uploads`, { ...init, body }));
		expect(await answer.json()).toMatchObject({
			status: 400,
			code: "invalid-request",
			detail: expect.stringMatching(/body was gone .* route must return or await/),
		});
	}
});

test("a body that breaks off in a Request is refused as that, and is no failure of the server", async () => {
	const body = new ReadableStream({
		pull(controller) {
			controller.error(new DOMException("The connection was lost.", "AbortError"));
		},
	});
	const init = { method: "POST", body, headers: common, duplex: "half" as const };
	const answer = await web(new Request(`${origin}/uploads`, init));
	expect(await answer.json()).toMatchObject({
		status: 400,
		code: "invalid-request",
		detail: "The body ended early.",
	});
});

test("an event that holds the request is taken for it, and anything else is named", async () => {
	const request = new Request(`${origin}/uploads?key=files/a`);
	expect((await web({ request })).status).toBe(200);
	await expect(web({ req: { raw: request }, env: {} } as never)).rejects.toThrow(
		"It got an object with req, env; in Hono, pass c.req.raw; in h3 2 and Nitro 3, event.req; in Nuxt and Nitro 2, toWebRequest(event).",
	);
});

test("a request of node:http, and an event of Lambda, are named with the handler that takes them", async () => {
	const server = createServer((request, response) => {
		web(request as never).catch((error: Error) => response.end(error.message));
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	const answer = await fetch(`http://127.0.0.1:${port}/`);
	expect(await answer.text()).toMatch(
		/takes a Request.*createNodeHandler of @skyput\/server\/node/,
	);
	server.close();
	const event = httpApiEvent("POST", "/uploads", { body: {} });
	await expect(web(event as never)).rejects.toThrow(
		/createLambdaHandler of @skyput\/server\/lambda/,
	);
});

test.each([
	["Fastify", { raw: {}, url: "/uploads", headers: {} }, { raw: {}, send: () => {} }],
	["Koa", { req: {}, res: {}, url: "/uploads", headers: {} }, async () => {}],
	["the Lambda runtime", httpApiEvent("POST", "/uploads", { body: {} }), { awsRequestId: "1" }],
])(
	"what %s hands to the handler of node:http is named with what to hand on",
	async (_, ...given) => {
		await expect(node(...(given as unknown as Parameters<typeof node>))).rejects.toThrow(
			/request and response of node:http.*request\.raw and reply\.raw.*ctx\.req and ctx\.res.*createLambdaHandler/,
		);
	},
);
