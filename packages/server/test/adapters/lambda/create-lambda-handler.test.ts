import { expect, test, vi } from "vitest";
import { makeHandler } from "../../support/call.js";
import { albEvent, httpApiEvent, restEvent } from "../../support/lambda-event.js";

const cors = { origins: ["https://app.example", "https://*.preview.example"] };
const from = (origin: string) => ({ headers: { origin } });

test.each([
	[undefined],
	[null],
	[{}],
	["text"],
	[7],
	[[]],
	[{ Records: [] }],
	[{ version: "2.0" }],
	[{ httpMethod: 7, requestContext: {} }],
	[{ version: "2.0", requestContext: { http: null } }],
])("%j, which is no HTTP event, answers 400 instead of failing", async (event) => {
	for (const cors of [{}, { cors: { origins: ["https://app.example"] } }]) {
		const { statusCode, body } = await makeHandler(cors)(event as never);
		expect(statusCode).toBe(400);
		expect(JSON.parse(body)).toMatchObject({ code: "invalid-request" });
	}
});

test("a preflight is answered 204 with what a browser needs, without asking who calls", async () => {
	const principal = vi.fn(() => null);
	const handler = makeHandler({ cors, principal });
	for (const path of ["/uploads", "/uploads/parts", "/anything"]) {
		const { statusCode, headers } = await handler(
			httpApiEvent("OPTIONS", path, from("https://app.example")),
		);
		expect(statusCode).toBe(204);
		expect(headers).toMatchObject({
			"Access-Control-Allow-Origin": "https://app.example",
			"Access-Control-Allow-Headers": "authorization, content-type",
			"Access-Control-Allow-Methods": "GET, POST, OPTIONS",
			"Access-Control-Max-Age": "7200",
		});
	}
	expect(principal).not.toHaveBeenCalled();
	expect((await makeHandler()(httpApiEvent("OPTIONS", "/uploads"))).statusCode).toBe(204);
});

test("every answer carries CORS headers: successes, errors, 204 and what a middleware threw", async () => {
	const handler = makeHandler({ cors });
	const failing = makeHandler({ cors }).use({
		before: () => {
			throw new Error("a middleware of the user");
		},
	});
	vi.spyOn(console, "error").mockImplementation(() => undefined);
	const good = { query: "key=files/a", ...from("https://x.preview.example") };
	for (const [serve, event, status] of [
		[handler, httpApiEvent("GET", "/uploads", good), 200],
		[handler, httpApiEvent("GET", "/uploads", from("https://x.preview.example")), 400],
		[handler, httpApiEvent("DELETE", "/uploads", from("https://x.preview.example")), 405],
		[
			handler,
			restEvent("DELETE", "/uploads", { headers: { Origin: "https://x.preview.example" } }),
			405,
		],
		[handler, albEvent("DELETE", "/uploads", from("https://x.preview.example")), 405],
		[failing, httpApiEvent("GET", "/uploads", good), 500],
	] as const) {
		const { statusCode, headers } = await serve(event);
		expect(statusCode).toBe(status);
		expect(headers).toMatchObject({
			"Access-Control-Allow-Origin": "https://x.preview.example",
			"Access-Control-Expose-Headers": "Date, Retry-After",
			Vary: expect.stringContaining("Origin"),
		});
	}
});

test("another origin gets no permission, and the answer varies by Origin", async () => {
	for (const origins of [cors.origins, ["https://app.example"]]) {
		const { headers } = await makeHandler({ cors: { origins } })(
			httpApiEvent("GET", "/uploads", { query: "key=files/a", ...from("https://evil.example") }),
		);
		expect(headers).not.toHaveProperty("Access-Control-Allow-Origin");
		expect(headers["Vary"]).toContain("Origin");
	}
});

test("a load balancer with multi-value headers gets them, also on errors and preflights", async () => {
	const handler = makeHandler({ cors });
	const headers = { headers: null, multiValueHeaders: { origin: ["https://app.example"] } };
	for (const [method, status] of [
		["OPTIONS", 204],
		["GET", 400],
	] as const) {
		const result = await handler(albEvent(method, "/uploads", headers));
		expect(result.statusCode).toBe(status);
		expect(result.multiValueHeaders).toMatchObject({
			"Access-Control-Allow-Origin": ["https://app.example"],
		});
	}
	expect(await handler(albEvent("GET", "/uploads"))).not.toHaveProperty("multiValueHeaders");
});

test.each([
	["without", undefined],
	["with", cors],
])(
	"%s CORS, a middleware may answer a text, or to a load balancer without headers and with several cookies",
	async (_, cors) => {
		const answering = (response: unknown) => makeHandler({ cors }).use({ before: () => response });
		expect(await answering("warmup")({ source: "serverless-plugin-warmup" } as never)).toBe(
			"warmup",
		);
		const event = albEvent("GET", "/uploads", { headers: null, multiValueHeaders: {} });
		const early = await answering({ statusCode: 429 })(event);
		expect(early).toMatchObject({ statusCode: 429, body: "" });
		const cookies = { "set-cookie": ["a=1", "b=2"], "Content-Type": ["text/plain"] };
		const handler = makeHandler({ cors }).use({
			after: ({ response }: { response: object }) => {
				Object.assign(response, { multiValueHeaders: cookies });
			},
		});
		vi.spyOn(console, "warn").mockImplementation(() => undefined);
		const { multiValueHeaders } = await handler(event);
		expect(multiValueHeaders).toMatchObject({ "cache-control": ["no-store"], ...cookies });
		// of two spellings of a name, a load balancer would send both
		expect(multiValueHeaders).not.toHaveProperty("content-type");
	},
);

test.each([
	[{ origins: ["*"], credentials: true }, /credentials/],
	[{ origins: [] }, /at least one origin/],
	[{ origins: ["app.example"] }, /write "https:\/\/app\.example"/],
	[{ origins: ["https://app.example/"] }, /write "https:\/\/app\.example"/],
	[{ origins: ["https://*example.com"] }, /first label/],
	[{ origins: ["https://a-*.example.com"] }, /first label/],
	[{ origins: ["https://app.*.example.com"] }, /first label/],
])("the CORS options %j are refused when the handler is made", (options, message) => {
	expect(() => makeHandler({ cors: options })).toThrow(message);
});

test("an answer that the user's middleware gives early carries CORS headers, too", async () => {
	for (const own of [{ headers: { "retry-after": "1" } }, {}]) {
		const handler = makeHandler({ cors }).use({
			before: () => ({ statusCode: 429, ...own, body: "slow down" }),
		});
		const { statusCode, headers } = await handler(
			httpApiEvent("GET", "/uploads", from("https://app.example")),
		);
		expect(statusCode).toBe(429);
		expect(headers).toMatchObject({
			...own.headers,
			"Access-Control-Allow-Origin": "https://app.example",
			"Access-Control-Expose-Headers": "Date, Retry-After",
		});
	}
});

test("an error answer that the user's middleware made is kept, and gets its CORS headers", async () => {
	const handler = makeHandler({ cors }).use({
		before: () => {
			throw new Error("no session");
		},
		onError: (request: { response?: object }) => {
			request.response = { statusCode: 401, headers: {}, body: "log in" };
		},
	});
	const { statusCode, headers, body } = await handler(
		httpApiEvent("GET", "/uploads", from("https://app.example")),
	);
	expect([statusCode, body]).toEqual([401, "log in"]);
	expect(headers["Access-Control-Allow-Origin"]).toBe("https://app.example");
});

test("a middleware of the user runs, and sees the headers in both spellings", async () => {
	const seen: unknown[] = [];
	const handler = makeHandler().use({
		before: (request: { event: { headers: unknown } }) => {
			seen.push(request.event.headers);
		},
	});
	await handler(restEvent("GET", "/uploads", { headers: { "X-Trace": "1" } }));
	expect(seen).toEqual([{ "X-Trace": "1", "x-trace": "1" }]);
});

test("a principal function that returns undefined means no principal", async () => {
	const handler = makeHandler({ principal: (() => undefined) as never });
	const query = "key=avatars/7/a.png&size=5";
	expect((await handler(httpApiEvent("GET", "/", { query }))).statusCode).toBe(401);
});

test("a principal without a sub is a fault of the server, never an anonymous or shared caller", async () => {
	vi.spyOn(console, "error").mockImplementation(() => undefined);
	const handler = makeHandler({ principal: () => ({ sub: "" }) });
	expect((await handler(httpApiEvent("GET", "/", { query: "key=files/a" }))).statusCode).toBe(500);
});

test("an app's own scheme is an origin too", async () => {
	const origin = "capacitor://localhost";
	const { headers } = await makeHandler({ cors: { origins: [origin] } })(
		httpApiEvent("GET", "/", { query: "key=files/a", ...from(origin) }),
	);
	expect(headers["Access-Control-Allow-Origin"]).toBe(origin);
	expect(() => makeHandler({ cors: { origins: [origin], origin: "x" } as never })).toThrow(
		/"origin"/,
	);
});

test("405 names the methods that are allowed", async () => {
	const allow = async (path: string) =>
		(await makeHandler()(httpApiEvent("DELETE", path))).headers["allow"];
	expect(await allow("/uploads")).toBe("GET, POST, OPTIONS");
	expect(await allow("/uploads/parts")).toBe("POST, OPTIONS");
});
