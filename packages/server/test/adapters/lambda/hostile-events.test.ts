import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLambdaHandler } from "../../../src/adapters/lambda/create-lambda-handler.js";
import {
	cognitoPrincipal,
	iamPrincipal,
	jwtPrincipal,
	lambdaPrincipal,
} from "../../../src/adapters/lambda/principals.js";
import type { PresignProvider } from "../../../src/provider.js";
import { s3Provider } from "../../../src/providers/s3/provider.js";
import { defineUploads } from "../../../src/uploads/define-uploads.js";
import { silentLog, tokenSecret } from "../../support/call.js";

/** Keys that the table allows, to everybody or to the owner that the second segment names. */
const allowed = /^(?:open\/[^/]+|mine\/([^/]+)\/[^/].*)$/s;

/** Who the last event came from, as the handler saw it. */
let caller: string | undefined;

const uploads = defineUploads({
	"open/:name": { authorize: "public", maxSize: "100 MB" },
	"mine/:userId/*path": {
		authorize: ({ principal, params }) => principal?.sub === params.userId,
		maxSize: "1 MB",
	},
	"closed/*path": {},
});

const provider: PresignProvider = {
	...s3Provider({
		bucket: "bucket",
		region: "eu-west-1",
		credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secretsecretsecret" },
	}),
	// the one call that would leave the machine; what is signed for it is real
	createMultipart: async ({ key }) => ({ key, id: "upload-1" }),
};

const log = silentLog();
const presets = [jwtPrincipal(), lambdaPrincipal(), cognitoPrincipal(), iamPrincipal()];
const handler = createLambdaHandler({
	uploads,
	provider,
	tokenSecret,
	log,
	cors: { origins: ["https://app.example"] },
	principal: async (event) => {
		const found = await Promise.all(presets.map((preset) => preset(event)));
		const principal = found.find((p) => p !== null) ?? null;
		caller = principal?.sub;
		return principal;
	},
});

const hostile = fc.oneof(
	fc.string({ unit: "binary", maxLength: 40 }),
	fc.constantFrom(
		"open/a",
		"open/../closed/a",
		"open/./a",
		"open/%2e%2e/closed",
		"open//a",
		"/open/a",
		"open/a/",
		"open\\a",
		"closed/a",
		"mine/7/a",
		"mine/8/a",
		"mine/7/../8/a",
		"open/\u0000",
		"open/\ud800",
		"open/\r\nx-amz-acl: public-read",
		"open/{partNumber}{value}",
		"open/?x=1#y",
		"__proto__",
		"constructor",
		`open/${"é".repeat(600)}`,
	),
);
const wild = fc.oneof(
	{ weight: 3, arbitrary: fc.anything({ maxDepth: 2 }) },
	fc.constantFrom<unknown>(Number.MAX_VALUE, 1e300, -1, 1.5, 2 ** 53, "5", null, [], {}, true, ""),
	hostile,
);
const maybe = <Value>(arbitrary: fc.Arbitrary<Value>, weight = 4) =>
	fc.oneof(
		{ weight, arbitrary: arbitrary as fc.Arbitrary<unknown> },
		{ weight: 1, arbitrary: wild },
	);

const size = fc.oneof(fc.integer({ min: 0, max: 2e8 }), fc.constant(null));
const create = fc.record(
	{
		v: maybe(fc.constant(1), 9),
		key: maybe(hostile, 9),
		size: maybe(size, 9),
		contentType: maybe(fc.constantFrom("image/png", "text/html; charset=utf-8", "a/b\r\nc: d")),
		multipart: maybe(fc.boolean()),
		kinds: maybe(fc.constant(["single"]), 9),
		metadata: wild,
		checksums: maybe(fc.constant([{ algorithm: "crc32", value: "AAAAAA==" }])),
		__proto__: wild,
	},
	{ requiredKeys: ["v", "key", "size", "kinds"] },
);
const plainCreate = fc.record({ v: fc.constant(1), key: hostile, size: maybe(size, 9) });
const later = fc.record(
	{ token: maybe(fc.string()), first: wild, count: wild, after: wild, parts: wild, checksum: wild },
	{ requiredKeys: [] },
);
const json = (value: unknown): string => {
	try {
		return JSON.stringify(value) ?? "";
	} catch {
		return "{";
	}
};
const text = fc.oneof(
	{ weight: 4, arbitrary: create.map(json) },
	{ weight: 4, arbitrary: plainCreate.map(json) },
	{ weight: 3, arbitrary: later.map(json) },
	fc.string(),
	fc.json(),
	fc.constant('{"v":1,"key":"open/a","size":1,"__proto__":{}}'),
);
const body = fc.oneof(
	{ weight: 6, arbitrary: text.map((value) => ({ body: value })) },
	{
		weight: 2,
		arbitrary: text.map((value) => ({
			body: Buffer.from(value).toString("base64"),
			isBase64Encoded: true,
		})),
	},
	{ weight: 1, arbitrary: fc.record({ body: wild, isBase64Encoded: wild }) },
);
const encoded = hostile.map((key) => encodeURIComponent(key.toWellFormed()));
const pairs = fc.array(
	fc.tuple(
		fc.constantFrom("key", "key", "key", "size", "contentType", "__proto__", "%"),
		fc.oneof(encoded, fc.string()),
	),
	{ maxLength: 3 },
);
const query = fc.oneof(
	pairs.map((all) => all.map(([name, value]) => `${name}=${value}`).join("&")),
	fc
		.tuple(encoded, fc.integer({ min: -1, max: 2e8 }))
		.map(([key, bytes]) => `key=${key}&size=${bytes}`),
);
const values = fc.dictionary(
	fc.constantFrom("key", "size", "contentType", "__proto__"),
	maybe(hostile),
);
const claims = fc.record(
	{ sub: maybe(fc.constantFrom("7", "8", "")), iss: wild, userArn: wild, accountId: wild },
	{ requiredKeys: [] },
);
const authorizer = fc.oneof(
	fc.record({ jwt: maybe(fc.record({ claims: maybe(claims) })) }),
	fc.record({ lambda: maybe(claims) }),
	fc.record({ claims: maybe(claims), principalId: wild }, { requiredKeys: [] }),
	wild,
);
const method = fc.constantFrom(
	"GET",
	"GET",
	"POST",
	"POST",
	"POST",
	"OPTIONS",
	"PUT",
	"get",
	"",
	"CONNECT",
);
const path = fc.oneof(
	fc.constantFrom(
		"/",
		"/uploads",
		"/uploads/parts",
		"/x/list",
		"/x/complete",
		"/x/abort",
		"/x/download",
		"/x/delete",
		"/x/status",
		"/x/rules",
		"",
	),
	fc.webPath(),
);
const headers = maybe(
	fc.dictionary(
		fc.constantFrom("origin", "Origin", "content-type", "__proto__", "x"),
		maybe(fc.string()),
	),
).map((some) => Object.assign({ "content-type": "application/json" }, some));
const v2 = fc
	.tuple(method, maybe(path, 20), maybe(query, 20), headers, body, authorizer)
	.map(([m, rawPath, rawQueryString, h, b, a]) => ({
		version: "2.0",
		rawPath,
		rawQueryString,
		headers: h,
		...b,
		requestContext: { http: { method: m }, authorizer: a },
	}));
const v1 = fc
	.tuple(
		method,
		maybe(path, 20),
		maybe(values, 9),
		maybe(fc.dictionary(fc.constantFrom("key", "size"), maybe(fc.array(hostile)))),
		headers,
		body,
		authorizer,
		fc.boolean(),
	)
	.map(([m, p, single, multi, h, b, a, elb]) => ({
		httpMethod: m,
		path: p,
		queryStringParameters: single,
		multiValueQueryStringParameters: multi,
		headers: h,
		...b,
		requestContext: elb ? { elb: {} } : { authorizer: a, identity: a },
	}));
const broken = fc.record(
	{
		version: wild,
		rawPath: wild,
		rawQueryString: wild,
		httpMethod: wild,
		path: wild,
		headers: wild,
		multiValueHeaders: wild,
		requestContext: wild,
		body: wild,
	},
	{ requiredKeys: [] },
);
const event = fc.oneof(
	{ weight: 6, arbitrary: v2 },
	{ weight: 4, arbitrary: v1 },
	{ weight: 1, arbitrary: broken },
	{ weight: 1, arbitrary: wild },
);

const unhandled: unknown[] = [];
const onRejection = (reason: unknown): void => {
	unhandled.push(reason);
};
beforeAll(() => {
	process.on("unhandledRejection", onRejection);
});
afterAll(() => {
	process.off("unhandledRejection", onRejection);
});

/** The key that a URL stores to, as a server reads it. */
const keyOf = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1));

test("20,000 hostile events never give a 5xx but 501, and never a URL for a key outside the table", async () => {
	const statuses = new Map<number, number>();
	await fc.assert(
		fc.asyncProperty(event, async (e) => {
			const { statusCode, body: answer } = await handler(e as never);
			statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
			// every refusal is one line, a preflight is refused at 204, and none holds what gives access
			const lines = log.lines.splice(0);
			const mostLines = statusCode === 204 || statusCode >= 400 ? 1 : 0;
			expect(lines.length).toBeLessThanOrEqual(mostLines);
			if (statusCode >= 400) expect(lines).toHaveLength(1);
			expect(JSON.stringify(lines)).not.toMatch(/X-Amz-|AKIDEXAMPLE|secretsecret/);
			if (statusCode >= 500) expect(statusCode).toBe(501);
			if (statusCode !== 200 && statusCode !== 201) return;
			// the limits of a key
			if (!/url/i.test(answer)) return;
			const reply = JSON.parse(answer) as {
				key: string;
				uploadURL?: string;
				request?: { url: string };
				window?: { urls: string[] };
			};
			const url = reply.uploadURL ?? reply.request?.url ?? reply.window?.urls[0] ?? "";
			expect(keyOf(url)).toBe(reply.key);
			const match = allowed.exec(reply.key);
			expect(match, reply.key).not.toBeNull();
			if (match?.[1] !== undefined) expect(match[1]).toBe(caller);
		}),
		{ numRuns: 20_000 },
	);
	await new Promise((resolve) => setImmediate(resolve));
	expect(unhandled).toEqual([]);
	// the events reached every kind of answer, or they would prove little
	for (const status of [200, 201, 204, 400, 401, 403, 404, 405, 413]) {
		expect(statuses.get(status) ?? 0, `answers with ${status}`).toBeGreaterThan(0);
	}
}, 600_000);
