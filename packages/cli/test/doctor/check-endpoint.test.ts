import { defineUploads } from "@skyput/server";
import { type BackendOptions, startBackend } from "@skyput/testing";
import { expect, onTestFinished, test } from "vitest";
import type { EndpointSubject } from "../../src/doctor/endpoint/call.js";
import { checkEndpoint } from "../../src/doctor/endpoint/check-endpoint.js";
import { mixedContent } from "../../src/doctor/endpoint/check-upload.js";
import {
	type Front,
	type FrontReply,
	type FrontRequest,
	s3Error,
	startFront,
} from "../start-front.js";

// Deliberately broken handlers, gateways and proxies: each is named by its finding, and a right one has none.

const origin = "https://app.example.com";
const uploads = defineUploads({
	"files/:name": {
		authorize: "public",
		authorizeDelete: "public",
		contentTypes: ["text/plain"],
	},
	"mine/:name": { authorize: ({ principal }) => principal !== null },
	"broken/:name": {
		authorize: () => {
			throw new Error("the database is away");
		},
	},
});

interface Setup {
	readonly front?: Front;
	readonly storageFront?: Front;
	readonly backend?: Partial<BackendOptions>;
	readonly subject?: Partial<EndpointSubject>;
	/** Instead of `/uploads`. */
	readonly path?: string;
}

const silentLog = { error() {}, warn() {}, info() {} };

async function examine({ front, storageFront, backend, subject, path = "/uploads" }: Setup) {
	const { startS3Server } = await import("@skyput/testing");
	const storage = await startS3Server();
	onTestFinished(storage.close);
	const reached = storageFront
		? { ...storage, endpoint: await startFront(storage.endpoint, storageFront) }
		: storage;
	const { close, endpoint } = await startBackend({
		uploads,
		runtime: "node",
		storage: reached,
		...backend,
		handler: { cors: { origins: [origin] }, log: silentLog, ...backend?.handler },
	});
	onTestFinished(close);
	const target = new URL(endpoint).origin;
	const base = front ? await startFront(target, front) : target;
	return checkEndpoint({
		url: `${base}${path}`,
		origins: [origin],
		headers: {},
		key: "files/{random}.txt",
		...subject,
	});
}

test("a right handler has no findings, and nothing is left in its bucket", async () => {
	expect(await examine({})).toMatchObject({ findings: [], skipped: [], left: [] });
	const lambda = await examine({ backend: { runtime: "gateway" } });
	expect(lambda).toMatchObject({ findings: [], skipped: [], left: [] });
});

test("a run is recognised in the access log by its User-Agent, and in the handler's by few lines", async () => {
	const agents = new Set<string | undefined>();
	let lines = 0;
	const log = { ...silentLog, warn: () => void lines++ };
	await examine({
		front: {
			forward(request) {
				agents.add(request.headers["user-agent"]);
				return request;
			},
		},
		backend: { handler: { log } },
	});
	expect([...agents]).toEqual(["skyput-doctor"]);
	// what docs/doctor.md says
	expect(lines).toBeGreaterThan(10);
	expect(lines).toBeLessThan(25);
});

const page = (status: number): FrontReply => ({
	status,
	headers: { "content-type": "text/html" },
	body: "<!doctype html><title>Log in</title>",
});
const json = (status: number): FrontReply => ({
	status,
	headers: { "content-type": "application/json" },
	body: '{"message":"gateway"}',
});
const instead = (reply: FrontReply, matches: (request: FrontRequest) => boolean = () => true) => ({
	before: (request: FrontRequest) => (matches(request) ? reply : undefined),
});
const isOptions = ({ method }: FrontRequest): boolean => method === "OPTIONS";
const isCall = ({ method }: FrontRequest): boolean => method !== "OPTIONS";

const broken: readonly (readonly [finding: string, what: string, setup: Setup])[] = [
	["endpoint-unreachable", "a closed port", { subject: { url: "http://127.0.0.1:9/uploads" } }],
	[
		"endpoint-redirects",
		"a trailing slash is added",
		{ front: instead({ status: 308, headers: { location: "/uploads/" } }, isCall) },
	],
	[
		"endpoint-redirects",
		"a login page catches the call",
		{
			front: instead(
				{ status: 302, headers: { location: "https://login.example.com/?next=secret" } },
				isCall,
			),
		},
	],
	["endpoint-html", "a single-page app answers", { front: instead(page(200), isCall) }],
	["endpoint-not-found", "the path is another", { front: instead(json(404), isCall) }],
	[
		"endpoint-not-found",
		"API Gateway has no such route",
		{
			front: instead(
				{
					...json(403),
					headers: { "x-amzn-errortype": "MissingAuthenticationTokenException" },
				},
				isCall,
			),
		},
	],
	["endpoint-refused", "the gateway has an authorizer", { front: instead(json(401), isCall) }],
	["endpoint-failing", "the function does not start", { front: instead(json(502), isCall) }],
	["endpoint-foreign", "another API answers", { front: instead(json(200), isCall) }],
	[
		"operation-not-mounted",
		"only the base path is routed",
		{ front: instead(json(404), ({ url }) => /uploads\/\w/.test(url)) },
	],
	[
		"operation-not-mounted",
		"only POST is routed",
		{ front: instead(json(405), ({ method }) => method === "GET") },
	],
	["preflight-refused", "the authorizer refuses OPTIONS", { front: instead(json(401), isOptions) }],
	[
		"handler-cors-missing",
		"the handler has no cors",
		{ backend: { handler: { cors: undefined } } },
	],
	[
		"handler-cors-missing",
		"only the gateway answers preflights",
		{
			backend: { handler: { cors: undefined } },
			front: instead(
				{
					status: 204,
					headers: { "access-control-allow-origin": "*", "access-control-allow-headers": "*" },
				},
				isOptions,
			),
		},
	],
	[
		"handler-cors-origin",
		"another origin is listed",
		{ backend: { handler: { cors: { origins: ["https://www.example.com"] } } } },
	],
	["handler-cors-headers", "a header is not listed", { subject: { headers: { "x-tenant": "a" } } }],
	[
		"handler-cors-twice",
		"gateway and handler both add CORS headers",
		{
			front: {
				after: (_, reply) => ({
					...reply,
					headers: { ...reply.headers, "access-control-allow-origin": [origin, "*"] },
				}),
			},
		},
	],
	[
		"body-limit",
		"a firewall limits bodies to 8 kB",
		{ front: instead(json(413), ({ body }) => body.length > 8192) },
	],
	[
		"body-consumed",
		"a parser eats the body",
		{ front: { forward: (request) => ({ ...request, body: Buffer.alloc(0) }) } },
	],
	[
		"answers-cached",
		"a cache rewrites Cache-Control",
		{
			front: {
				after: (_, reply) => ({
					...reply,
					headers: { ...reply.headers, "cache-control": "public, max-age=60" },
				}),
			},
		},
	],
	[
		"token-secret-missing",
		"there is no token secret",
		{ backend: { handler: { tokenSecret: false } } },
	],
	["unauthenticated", "nobody is signed in", { subject: { key: "mine/{random}" } }],
	[
		"key-refused",
		"no rule has the key",
		{ subject: { key: "others/{random}" }, backend: { principal: { sub: "42" } } },
	],
	["key-refused", "the type is not allowed", { subject: { contentType: "image/png" } }],
	["handler-error", "authorize throws", { subject: { key: "broken/{random}" } }],
	[
		"plan-invalid",
		"a proxy rewrites the plan",
		{
			front: {
				after: ({ method }, reply) =>
					method === "POST" && reply.status === 201
						? { ...reply, headers: { "content-type": "application/json" }, body: "{}" }
						: reply,
			},
		},
	],
	[
		"operation-failed",
		"abort is broken",
		{ front: instead(json(418), ({ url, body }) => url.endsWith("/abort") && body.length > 20) },
	],
	[
		"checksum-not-verified",
		"the storage ignores digests",
		{
			storageFront: {
				before: ({ method, url }) =>
					method === "PUT" && !url.includes("uploadId")
						? { status: 200, headers: { etag: '"a"' } }
						: undefined,
			},
		},
	],
	[
		"upload-denied",
		"the bucket's policy refuses URLs",
		{
			storageFront: instead(
				s3Error(403, "AccessDenied", "Access Denied"),
				({ method }) => method === "PUT",
			),
		},
	],
	[
		"storage-refused",
		"the role may not begin uploads",
		{
			storageFront: instead(
				s3Error(403, "AccessDenied", "Access Denied"),
				({ method }) => method === "POST",
			),
		},
	],
	[
		"bucket-cors-missing",
		"the bucket has no CORS rule",
		{ storageFront: instead(s3Error(403, "AccessForbidden", "CORSResponse"), isOptions) },
	],
	[
		"clock-skewed",
		"the server's clock is wrong",
		{
			storageFront: {
				after: (_, reply) => ({
					...reply,
					headers: { ...reply.headers, date: new Date(Date.now() + 600_000).toUTCString() },
				}),
			},
		},
	],
];

test.each(broken)("%s: %s", async (code, _, setup) => {
	const { findings } = await examine(setup);
	// the preflights of a path that leads nowhere fail with it
	const others = ["preflight-refused"].filter((other) => other !== code);
	const codes = findings.map((found) => found.code);
	expect(codes.filter((found) => !others.includes(found))).toEqual([code]);
	for (const { message, fix } of findings) {
		expect(`${message} ${fix}`).not.toMatch(/X-Amz-(Signature|Credential)|next=secret/);
	}
});

test("what the caller may not delete is named", async () => {
	const { left } = await examine({
		subject: { key: "mine/{random}", headers: {} },
		backend: { principal: { sub: "42" } },
	});
	expect(left).toEqual([expect.stringMatching(/^mine\//)]);
});

test("a page over https that would have to call http is named, except on this machine", () => {
	const codes = (pages: string[], url: string) => mixedContent(pages, url).map(({ code }) => code);
	expect(codes([origin], "http://storage.example.com/a")).toEqual(["mixed-content"]);
	expect(codes([origin], "https://storage.example.com/a")).toEqual([]);
	expect(codes([origin], "http://127.0.0.1:9000/a")).toEqual([]);
	expect(codes(["http://localhost:3000"], "http://storage.example.com/a")).toEqual([]);
});
