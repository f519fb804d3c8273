import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { afterEach, expect, test, vi } from "vitest";
import {
	type Gateway,
	type GatewayEvent,
	type GatewayHandler,
	type GatewayOptions,
	startGateway,
} from "../../src/index.js";

let gateway: Gateway | undefined;

afterEach(async () => {
	vi.useRealTimers();
	await gateway?.close();
});

async function start(handler: GatewayHandler, options?: GatewayOptions): Promise<string> {
	gateway = await startGateway(handler, options);
	return gateway.endpoint;
}

/** A handler that keeps its last event. */
function recorder(): { readonly handler: GatewayHandler; event(): GatewayEvent } {
	const events: GatewayEvent[] = [];
	return {
		handler: (event) => {
			events.push(event);
			return { statusCode: 204 };
		},
		event() {
			const last = events.at(-1);
			if (last === undefined) throw new Error("The handler was not called");
			return last;
		},
	};
}

test("a request becomes an event of payload format 2.0", async () => {
	const { handler, event } = recorder();
	const endpoint = await start(handler);
	await fetch(`${endpoint}/uploads/parts?key=a%20b&key=c&empty=`, {
		method: "POST",
		headers: { "content-type": "application/json", cookie: "a=1; b=2", "x-test": "1" },
		body: '{"v":1}',
	});
	expect(event()).toMatchObject({
		version: "2.0",
		routeKey: "$default",
		rawPath: "/uploads/parts",
		rawQueryString: "key=a%20b&key=c&empty=",
		cookies: ["a=1", "b=2"],
		queryStringParameters: { key: "a b,c", empty: "" },
		headers: { "content-type": "application/json", "x-test": "1", "x-forwarded-proto": "http" },
		body: '{"v":1}',
		isBase64Encoded: false,
		requestContext: {
			http: { method: "POST", path: "/uploads/parts", sourceIp: "127.0.0.1" },
			stage: "$default",
		},
	});
	expect(event().headers).not.toHaveProperty("cookie");
	expect(event().requestContext).not.toHaveProperty("authorizer");
	expect(event().requestContext.time).toMatch(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
});

test("without a query or a body the event has neither", async () => {
	const { handler, event } = recorder();
	await fetch(await start(handler));
	expect(event()).not.toHaveProperty("queryStringParameters");
	expect(event()).not.toHaveProperty("body");
	expect(event()).not.toHaveProperty("cookies");
});

test("a repeated header arrives as one, joined by a comma", async () => {
	const { handler, event } = recorder();
	const request = httpRequest(await start(handler), { headers: { "X-Many": ["a", "b"] } }).end();
	const [response] = await once(request, "response");
	response.resume();
	expect(event().headers["x-many"]).toBe("a,b");
});

test("`__proto__` in the query is an ordinary name", async () => {
	const { handler, event } = recorder();
	await fetch(`${await start(handler)}?__proto__=1&constructor=2`);
	expect(Object.entries(event().queryStringParameters ?? {})).toEqual([
		["__proto__", "1"],
		["constructor", "2"],
	]);
});

test("a body that is not text arrives in base64", async () => {
	const { handler, event } = recorder();
	await fetch(await start(handler), { method: "POST", body: new Uint8Array([0, 255]) });
	expect(event()).toMatchObject({ body: "AP8=", isBase64Encoded: true });
});

test("a named stage is prepended to the path, and the authorizer is part of the event", async () => {
	const { handler, event } = recorder();
	const authorizer = { jwt: { claims: { sub: "alice" }, scopes: null } };
	await fetch(`${await start(handler, { stage: "prod", authorizer })}/uploads`);
	expect(event()).toMatchObject({
		rawPath: "/prod/uploads",
		requestContext: { stage: "prod", authorizer, http: { path: "/prod/uploads" } },
	});
});

test("status, headers, cookies and a base64 body are returned", async () => {
	const endpoint = await start(() => ({
		statusCode: 201,
		headers: { "Content-Type": "image/png", "X-Number": 7 },
		cookies: ["a=1", "b=2"],
		body: "AP8=",
		isBase64Encoded: true,
	}));
	const response = await fetch(endpoint);
	expect(response.status).toBe(201);
	expect(response.headers.get("content-type")).toBe("image/png");
	expect(response.headers.get("x-number")).toBe("7");
	expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
	expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0, 255]);
});

test("a result without a status is the JSON body of a 200", async () => {
	const response = await fetch(await start(() => ({ hello: "world" })));
	expect(response.status).toBe(200);
	expect(response.headers.get("content-type")).toBe("application/json");
	expect(await response.json()).toEqual({ hello: "world" });
});

test.each([
	[
		"throws",
		() => {
			throw new Error("secret");
		},
	],
	["rejects", () => Promise.reject(new Error("secret"))],
	["answers with a status that is none", () => ({ statusCode: "no" })],
	["answers with more than 6 MB", () => ({ statusCode: 200, body: "x".repeat(7_000_000) })],
] satisfies [string, GatewayHandler][])(
	"a handler that %s is an internal error",
	async (_, handler) => {
		const response = await fetch(await start(handler));
		expect(response.status).toBe(500);
		expect(await response.text()).toBe('{"message":"Internal Server Error"}');
	},
);

test("a body above 10 MB is refused before the handler sees it", async () => {
	const handler = vi.fn(() => ({ statusCode: 204 }));
	const body = new Uint8Array(10_485_761);
	const response = await fetch(await start(handler), { method: "POST", body });
	expect(response.status).toBe(413);
	expect(await response.json()).toEqual({ message: "Request Entity Too Large" });
	expect(handler).not.toHaveBeenCalled();
});

test("a handler times out after 30 seconds", async () => {
	vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
	let left = 0;
	let resolve = (): void => {};
	const called = new Promise<void>((done) => {
		resolve = done;
	});
	const endpoint = await start((_, context) => {
		left = context.getRemainingTimeInMillis();
		resolve();
		return new Promise(() => {});
	});
	const [response] = await Promise.all([
		fetch(endpoint),
		called.then(() => vi.advanceTimersByTimeAsync(30_000)),
	]);
	expect(left).toBe(30_000);
	expect(response.status).toBe(503);
	expect(await response.json()).toEqual({ message: "Service Unavailable" });
});

test("the handler's request id is the one in its event", async () => {
	const ids: string[] = [];
	await fetch(
		await start((event, context) => {
			ids.push(event.requestContext.requestId, context.awsRequestId);
			return { statusCode: 204 };
		}),
	);
	expect(ids[0]).toMatch(/^[\w-]{36}$/);
	expect(ids[1]).toBe(ids[0]);
});
