import { expect, test, vi } from "vitest";
import {
	createLambdaHandler,
	type LambdaHandlerOptions,
} from "../../../src/adapters/lambda/create-lambda-handler.js";
import type { LambdaEvent } from "../../../src/adapters/lambda/event.js";
import {
	cognitoPrincipal,
	iamPrincipal,
	jwtPrincipal,
	lambdaPrincipal,
} from "../../../src/adapters/lambda/principals.js";
import { createBody, defaultUploads, silentLog, tokenSecret } from "../../support/call.js";
import { httpApiEvent } from "../../support/lambda-event.js";
import { memoryProvider } from "../../support/memory-provider.js";

const make = (options: Partial<LambdaHandlerOptions> = {}) =>
	createLambdaHandler({
		uploads: defaultUploads,
		provider: memoryProvider(),
		tokenSecret,
		...options,
	});

const v1 = (method: string, path: string, more: object = {}): LambdaEvent => ({
	httpMethod: method,
	path,
	headers: { "Content-Type": "application/json" },
	requestContext: { requestId: "rest-1", identity: { userArn: null } },
	...more,
});
const alb = (method: string, path: string, more: object = {}): LambdaEvent => ({
	httpMethod: method,
	path,
	headers: { "content-type": "application/json" },
	requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:x" } },
	...more,
});

const key = (body: string): unknown => (JSON.parse(body) as { key: unknown }).key;

test("a key comes through all four kinds of event alike", async () => {
	const handler = make();
	const functionUrl = {
		...httpApiEvent("GET", "/", { query: "key=files%2Fa+b%2Bc.txt" }),
		requestContext: {
			http: { method: "GET", path: "/" },
			domainName: "x.lambda-url.eu-west-1.on.aws",
		},
	} as LambdaEvent;
	for (const event of [
		httpApiEvent("GET", "/uploads", { query: "key=files%2Fa+b%2Bc.txt" }),
		functionUrl,
		// REST APIs decode the values, load balancers do not
		v1("GET", "/uploads", { queryStringParameters: { key: "files/a b+c.txt" } }),
		v1("GET", "/uploads", {
			queryStringParameters: { key: "files/a b+c.txt" },
			multiValueQueryStringParameters: { key: ["files/a b+c.txt"] },
		}),
		alb("GET", "/uploads", { queryStringParameters: { key: "files%2Fa+b%2Bc.txt" } }),
		alb("GET", "/uploads", {
			headers: null,
			multiValueHeaders: { accept: ["*/*"] },
			multiValueQueryStringParameters: { key: ["files%2Fa%20b%2Bc.txt"] },
		}),
	]) {
		const { statusCode, body } = await handler(event);
		expect([statusCode, key(body)]).toEqual([200, "files/a b+c.txt"]);
	}
});

test("repeated query values are refused in every kind of event", async () => {
	const handler = make();
	for (const event of [
		httpApiEvent("GET", "/uploads", { query: "key=files/a&key=files/b" }),
		v1("GET", "/uploads", {
			queryStringParameters: { key: "files/b" },
			multiValueQueryStringParameters: { key: ["files/a", "files/b"] },
		}),
		alb("GET", "/uploads", { multiValueQueryStringParameters: { key: ["files/a", "files/b"] } }),
	]) {
		expect((await handler(event)).statusCode).toBe(400);
	}
});

test("a key with a comma is one key, although v2 events join repeated values by commas", async () => {
	const { body } = await make()(httpApiEvent("GET", "/uploads", { query: "key=files/a,b" }));
	expect(key(body)).toBe("files/a,b");
});

test("stage names and mounts before the operation do not matter", async () => {
	const handler = make();
	const body = { token: "x" };
	for (const path of [
		"/parts",
		"/uploads/parts",
		"/prod/api/v2/uploads/parts",
		"/uploads/parts/",
	]) {
		const { body: answer } = await handler(httpApiEvent("POST", path, { body }));
		expect(JSON.parse(answer)).toMatchObject({
			code: "invalid-request",
			errors: [{ field: "first" }],
		});
	}
	for (const path of ["", "/", "/prod", "/prod/uploads"]) {
		expect(
			(await handler(httpApiEvent("POST", path, { body: createBody("files/a", 5) }))).statusCode,
		).toBe(201);
	}
});

test("a base64 body is decoded, and one that is not UTF-8 is refused", async () => {
	const handler = make();
	const text = JSON.stringify(createBody("files/é", 5));
	const event = (bytes: Buffer) => ({
		...httpApiEvent("POST", "/uploads", { body: bytes.toString("base64") }),
		isBase64Encoded: true,
	});
	expect((await handler(event(Buffer.from(text)))).statusCode).toBe(201);
	expect((await handler(event(Buffer.from(text, "latin1")))).statusCode).toBe(400);
});

test("the request id is the gateway's, else Lambda's, else a new one", async () => {
	const id = async (event: LambdaEvent, context?: object) =>
		(JSON.parse((await make()(event, context)).body) as { requestId: string }).requestId;
	expect(await id(v1("PUT", "/"))).toBe("rest-1");
	expect(await id(alb("PUT", "/"), { awsRequestId: "lambda-1" })).toBe("lambda-1");
	expect(await id(alb("PUT", "/"))).toMatch(/^[0-9a-f-]{36}$/);
});

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
		const { statusCode, body } = await make(cors)(event as never);
		expect(statusCode).toBe(400);
		expect(JSON.parse(body)).toMatchObject({ code: "invalid-request" });
	}
});

const cors = { origins: ["https://app.example", "https://*.preview.example"] };
const from = (origin: string) => ({ headers: { origin } });

test("a preflight is answered 204 with what a browser needs, without asking who calls", async () => {
	const principal = vi.fn(() => null);
	const handler = make({ cors, principal });
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
	expect((await make()(httpApiEvent("OPTIONS", "/uploads"))).statusCode).toBe(204);
});

test("every answer carries CORS headers: successes, errors, 204 and what a middleware threw", async () => {
	const handler = make({ cors });
	const failing = make({ cors }).use({
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
		[handler, v1("DELETE", "/uploads", { headers: { Origin: "https://x.preview.example" } }), 405],
		[handler, alb("DELETE", "/uploads", from("https://x.preview.example")), 405],
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
		const { headers } = await make({ cors: { origins } })(
			httpApiEvent("GET", "/uploads", { query: "key=files/a", ...from("https://evil.example") }),
		);
		expect(headers).not.toHaveProperty("Access-Control-Allow-Origin");
		expect(headers["Vary"]).toContain("Origin");
	}
});

test("a load balancer with multi-value headers gets them, also on errors and preflights", async () => {
	const handler = make({ cors });
	const headers = { headers: null, multiValueHeaders: { origin: ["https://app.example"] } };
	for (const [method, status] of [
		["OPTIONS", 204],
		["GET", 400],
	] as const) {
		const result = await handler(alb(method, "/uploads", headers));
		expect(result.statusCode).toBe(status);
		expect(result.multiValueHeaders).toMatchObject({
			"Access-Control-Allow-Origin": ["https://app.example"],
		});
	}
	expect(await handler(alb("GET", "/uploads"))).not.toHaveProperty("multiValueHeaders");
});

test.each([
	[{ origins: ["*"], credentials: true }, /credentials/],
	[{ origins: [] }, /at least one origin/],
	[{ origins: ["app.example"] }, /scheme and host/],
	[{ origins: ["https://app.example/"] }, /without a path/],
])("the CORS options %j are refused when the handler is made", (options, message) => {
	expect(() => make({ cors: options })).toThrow(message);
});

test("an answer that the user's middleware gives early carries CORS headers, too", async () => {
	for (const own of [{ headers: { "retry-after": "1" } }, {}]) {
		const handler = make({ cors }).use({
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
	const handler = make({ cors }).use({
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

test("a middleware of the user runs, and sees the event with lower-case headers", async () => {
	const seen: unknown[] = [];
	const handler = make().use({
		before: (request: { event: { headers: unknown } }) => {
			seen.push(request.event.headers);
		},
	});
	await handler(v1("GET", "/uploads", { headers: { "X-Trace": "1" } }));
	expect(seen).toEqual([{ "x-trace": "1" }]);
});

const withAuthorizer = (authorizer: unknown, identity: unknown = {}): LambdaEvent => ({
	requestContext: { authorizer, identity },
});

test("principals are read from where each authorizer puts them", async () => {
	expect(
		await jwtPrincipal()(withAuthorizer({ jwt: { claims: { sub: "7", iss: "i", scope: "a" } } })),
	).toEqual({ sub: "7", iss: "i", scope: "a" });
	expect(await lambdaPrincipal()(withAuthorizer({ lambda: { sub: "7" } }))).toMatchObject({
		sub: "7",
	});
	expect(await lambdaPrincipal()(withAuthorizer({ principalId: "7", team: "x" }))).toMatchObject({
		sub: "7",
		team: "x",
	});
	expect(await cognitoPrincipal()(withAuthorizer({ claims: { sub: "7" } }))).toEqual({ sub: "7" });
	const arn = "arn:aws:iam::1:user/x";
	const expected = { sub: arn, iss: "aws:1" };
	expect(await iamPrincipal()(withAuthorizer({ iam: { userArn: arn, accountId: "1" } }))).toEqual(
		expected,
	);
	expect(await iamPrincipal()(withAuthorizer(undefined, { userArn: arn, accountId: "1" }))).toEqual(
		expected,
	);
});

test("users of a Cognito identity pool are distinguished, although they share one role session", async () => {
	const shared = {
		userArn: "arn:aws:sts::1:assumed-role/Authenticated/CognitoIdentityCredentials",
		accountId: "1",
	};
	const principals = await Promise.all(
		[
			withAuthorizer(undefined, { ...shared, cognitoIdentityId: "eu-west-1:a" }),
			withAuthorizer({ iam: { ...shared, cognitoIdentity: { identityId: "eu-west-1:b" } } }),
		].map(iamPrincipal()),
	);
	const iss = "cognito-identity.amazonaws.com";
	expect(principals).toEqual([
		{ sub: "eu-west-1:a", iss },
		{ sub: "eu-west-1:b", iss },
	]);
	// their session without their id: nobody can tell who it is
	expect(await iamPrincipal()(withAuthorizer(undefined, shared))).toBeNull();
	// callers of IAM itself have the members too, empty
	const caller = { userArn: "arn:aws:iam::1:user/x", accountId: "1" };
	for (const event of [
		withAuthorizer(undefined, { ...caller, cognitoIdentityId: null }),
		withAuthorizer({ iam: { ...caller, cognitoIdentity: null } }),
	]) {
		expect(await iamPrincipal()(event)).toEqual({ sub: caller.userArn, iss: "aws:1" });
	}
});

test("an authorizer that is absent, empty or of another kind gives no principal", async () => {
	const presets = [jwtPrincipal(), lambdaPrincipal(), cognitoPrincipal(), iamPrincipal()];
	for (const authorizer of [
		undefined,
		null,
		{},
		"x",
		{ jwt: null },
		{ jwt: { claims: { sub: "" } } },
		{ jwt: { claims: { sub: 7 } } },
		{ claims: {} },
		{ iam: { userArn: null } },
	]) {
		for (const preset of presets) expect(await preset(withAuthorizer(authorizer))).toBeNull();
	}
	expect(await lambdaPrincipal()(withAuthorizer({ jwt: { claims: { sub: "7" } } }))).toBeNull();
	for (const preset of presets) expect(await preset({})).toBeNull();
});

test("a principal function that returns undefined means no principal", async () => {
	const handler = make({ principal: (() => undefined) as never });
	const query = "key=avatars/7/a.png&size=5";
	expect((await handler(httpApiEvent("GET", "/", { query }))).statusCode).toBe(401);
});

test("a principal without a sub is a fault of the server, never an anonymous or shared caller", async () => {
	vi.spyOn(console, "error").mockImplementation(() => undefined);
	const handler = make({ principal: () => ({ sub: "" }) });
	expect((await handler(httpApiEvent("GET", "/", { query: "key=files/a" }))).statusCode).toBe(500);
});

test.each([
	[400, "invalid-request"],
	[401, "unauthenticated"],
	[403, "forbidden"],
	[404, "not-found"],
	[409, "invalid-request"],
	[415, "invalid-request"],
	[422, "invalid-request"],
	[429, "rate-limited"],
	[500, "internal"],
	[502, "internal"],
	[503, "storage-unavailable"],
	[504, "internal"],
] as const)(
	"a middleware's error of status %i keeps it, with the code %s",
	async (status, code) => {
		const log = silentLog();
		const error = Object.assign(new Error("As the middleware says."), { statusCode: status });
		const handler = make({ log }).use({ before: () => Promise.reject(error) });
		const result = await handler(httpApiEvent("GET", "/", { query: "key=files/a" }));
		expect(result.statusCode).toBe(status);
		expect(JSON.parse(result.body)).toMatchObject({ code, status, requestId: "request-1" });
		expect(result.body.includes("As the middleware says.")).toBe(status < 500);
		expect("retry-after" in result.headers).toBe(status === 429 || status === 503);
		expect(log.lines).toEqual([expect.objectContaining({ code, status, requestId: "request-1" })]);
	},
);

test.each([
	["no status", new Error("secret detail")],
	["a status that is no error", Object.assign(new Error("secret detail"), { statusCode: 200 })],
	["a status that is no number", Object.assign(new Error("secret detail"), { statusCode: "404" })],
])("a middleware's error with %s is internal and tells nothing", async (_what, error) => {
	const handler = make({ log: silentLog() }).use({ before: () => Promise.reject(error) });
	const result = await handler(httpApiEvent("GET", "/", { query: "key=files/a" }));
	expect(result.statusCode).toBe(500);
	expect(JSON.parse(result.body)).toMatchObject({ code: "internal" });
	expect(result.body).not.toContain("secret");
});

test("a signed URL in a middleware's error reaches neither the caller nor the log", async () => {
	const log = silentLog();
	const url = "https://bucket.s3.amazonaws.com/a?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F1";
	const error = Object.assign(new Error(`Could not read ${url}`), { statusCode: 400 });
	const handler = make({ log }).use({ before: () => Promise.reject(error) });
	const { body } = await handler(httpApiEvent("GET", "/", { query: "key=files/a" }));
	expect(body).toContain("Could not read https://bucket.s3.amazonaws.com/a?[removed]");
	expect(body + JSON.stringify(log.lines)).not.toMatch(/X-Amz|AKIA/);
});

test("an app's own scheme is an origin too", async () => {
	const origin = "capacitor://localhost";
	const { headers } = await make({ cors: { origins: [origin] } })(
		httpApiEvent("GET", "/", { query: "key=files/a", ...from(origin) }),
	);
	expect(headers["Access-Control-Allow-Origin"]).toBe(origin);
	expect(() => make({ cors: { origins: [origin], origin: "x" } as never })).toThrow(/"origin"/);
});

test("405 names the methods that are allowed", async () => {
	const allow = async (path: string) =>
		(await make()(httpApiEvent("DELETE", path))).headers["allow"];
	expect(await allow("/uploads")).toBe("GET, POST, OPTIONS");
	expect(await allow("/uploads/parts")).toBe("POST, OPTIONS");
});
