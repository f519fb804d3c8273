import { defineUploads } from "@skyput/server";
import { startBackend } from "@skyput/testing";
import { expect, onTestFinished, test } from "vitest";
import { runWireCases, wireCases } from "../../src/conform/wire-cases.js";
import { type Front, type FrontReply, type FrontRequest, startFront } from "../start-front.js";

// Servers with one mistake each: the case that is meant for it fails, and few others.

const origin = "https://app.example.com";
const log = { error() {}, warn() {}, info() {} };
const uploads = defineUploads({
	"files/:name": {
		authorize: "public",
		authorizeRead: "public",
		authorizeDelete: "public",
		maxSize: "1 GB",
	},
});

/** The names of the cases that a broken server fails. */
async function failedCases(front: Front, only?: readonly string[]): Promise<readonly string[]> {
	const handler = { cors: { origins: [origin] }, log };
	const { endpoint, close } = await startBackend({ uploads, handler, runtime: "node" });
	onTestFinished(close);
	const subject = {
		url: `${await startFront(new URL(endpoint).origin, front)}/uploads`,
		key: "files/{random}",
		contentType: "text/plain",
		headers: {},
		origin,
		refusedKey: "others/a",
		otherHeaders: { "x-user": "2" },
		overwrite: false,
	};
	const outcomes = await runWireCases(subject, only ? { only } : {});
	return outcomes.filter(({ outcome }) => outcome === "failed").map(({ name }) => name);
}

const jsonOf = (text: string | Buffer): Record<string, unknown> => JSON.parse(String(text));
const sends = (request: FrontRequest, path: string): boolean =>
	request.method === "POST" && request.url === `/uploads${path}`;

/** Changes the JSON of successful answers of one path. */
const rewrite = (
	path: string,
	change: (body: Record<string, unknown>, sent: Record<string, unknown>) => unknown,
): Front => ({
	after(request, reply) {
		if (!sends(request, path) || reply.status >= 300 || reply.body.length === 0) return reply;
		const body = JSON.stringify(change(jsonOf(reply.body), jsonOf(request.body)));
		return {
			...reply,
			headers: { "content-type": "application/json", "cache-control": "no-store" },
			body,
		};
	},
});

/** Answers instead of an operation. */
const instead = (
	path: string,
	reply: (sent: Record<string, unknown>) => FrontReply | undefined,
): Front => ({
	before: (request) => (sends(request, path) ? reply(jsonOf(request.body)) : undefined),
});

const ok = (value: unknown): FrontReply => ({
	status: 200,
	headers: { "content-type": "application/json", "cache-control": "no-store" },
	body: JSON.stringify(value),
});

const withHeaders = (headers: Record<string, string | undefined>): Front => ({
	after(_, reply) {
		const all = Object.entries({ ...reply.headers, ...headers });
		return {
			...reply,
			headers: Object.fromEntries(all.filter(([, value]) => value !== undefined)) as Record<
				string,
				string
			>,
		};
	},
});

/** What a front remembers of plans, to commit sins with. */
const remembered = new Map<string, Record<string, unknown>>();

const broken: readonly (readonly [sin: string, cases: readonly string[], front: Front])[] = [
	["answers are left to caches", ["no-store"], withHeaders({ "cache-control": "max-age=60" })],
	[
		"errors are plain JSON",
		["malformed-json"],
		withHeaders({ "content-type": "application/json" }),
	],
	[
		"errors have no CORS headers",
		["cors-on-errors"],
		{
			after: (_, reply) =>
				reply.status < 400
					? reply
					: { ...reply, headers: { "content-type": "application/problem+json" } },
		},
	],
	[
		"preflights are not answered",
		["preflight"],
		{ before: ({ method }) => (method === "OPTIONS" ? { status: 405 } : undefined) },
	],
	[
		"the body's status is another than the answer's",
		["malformed-json"],
		{
			after: (_, reply) =>
				reply.status === 400
					? {
							...reply,
							body: JSON.stringify({ ...jsonOf(reply.body), status: 422 }),
							headers: { "content-type": "application/problem+json" },
						}
					: reply,
		},
	],
	[
		"any type of body is read",
		["other-type"],
		{
			forward: (request) =>
				request.method === "POST"
					? { ...request, headers: { ...request.headers, "content-type": "application/json" } }
					: request,
		},
	],
	[
		"pages of other sites may call",
		["other-site"],
		{
			forward: ({ headers: { origin: _, "sec-fetch-site": __, ...headers }, ...request }) => ({
				...request,
				headers,
			}),
		},
	],
	[
		"keys are cleaned instead of refused",
		["wrong-keys"],
		{
			forward: (request) =>
				sends(request, "")
					? { ...request, body: Buffer.from(String(request.body).replace('"a//b"', '"files/b"')) }
					: request,
		},
	],
	[
		"wrong sizes are rounded",
		["wrong-sizes"],
		{
			forward: (request) =>
				sends(request, "")
					? {
							...request,
							body: Buffer.from(String(request.body).replace('"size":1.5', '"size":1')),
						}
					: request,
		},
	],
	[
		"every key is allowed",
		["refused-key"],
		{
			forward: (request) =>
				sends(request, "")
					? {
							...request,
							body: Buffer.from(
								String(request.body).replace("others/a", `files/${crypto.randomUUID()}`),
							),
						}
					: request,
		},
	],
	[
		"plans hold a header that browsers forbid",
		["single-plan"],
		rewrite("", (plan) => {
			const request = plan["request"] as { headers: object } | undefined;
			return request
				? {
						...plan,
						request: { ...request, headers: { ...request.headers, "Content-Length": "14" } },
					}
				: plan;
		}),
	],
	[
		"expiresIn is in milliseconds",
		["single-plan"],
		rewrite("", (plan) =>
			plan["request"]
				? { ...plan, request: { ...(plan["request"] as object), expiresIn: 300_000 } }
				: plan,
		),
	],
	["the plan lacks its token", ["single-stored"], rewrite("", ({ token: _, ...plan }) => plan)],
	[
		"complete says yes without looking",
		["single-nothing-stored"],
		{
			...rewrite("", (plan, sent) => {
				remembered.set(String(plan["token"]), { key: plan["key"], size: sent["size"] });
				return plan;
			}),
			...instead("/complete", ({ token }) =>
				ok({ ...remembered.get(String(token)), verified: false }),
			),
		},
	],
	[
		"complete says other bytes are verified",
		["single-digest"],
		{
			after: (request, reply) =>
				sends(request, "") && reply.status === 201
					? {
							...reply,
							headers: { "content-type": "application/json" },
							body: String(reply.body).replace(/"algorithm":"\w+"/, '"algorithm2":""'),
						}
					: sends(request, "/complete") && reply.status === 200
						? ok({ ...jsonOf(reply.body), verified: true })
						: reply,
			forward: (request) =>
				sends(request, "")
					? {
							...request,
							body: Buffer.from(
								String(request.body)
									.replace(/"checksums":\[.*?\]/, '"checksums":[]')
									.replace(/"algorithms":\[.*?\]/, '"algorithms":[]'),
							),
						}
					: request,
		},
	],
	[
		"complete is not repeatable",
		["single-complete-repeated"],
		rewrite("/complete", (reply) => ({ ...reply, data: crypto.randomUUID() })),
	],
	[
		"tokens are not checked",
		["changed-token"],
		instead("/complete", () => ok({ key: "files/a", size: 14, verified: false })),
	],
	["tokens are good for everybody", ["foreign-token"], {}],
	[
		"list of a single upload is refused",
		["single-list"],
		instead("/list", () => ({
			status: 404,
			headers: { "content-type": "application/problem+json" },
			body: JSON.stringify({
				type: "a",
				title: "a",
				status: 404,
				detail: "a",
				code: "upload-not-found",
				requestId: "a",
			}),
		})),
	],
	[
		"list forgets the sizes",
		["parts-stored"],
		rewrite("/list", (reply) => ({
			parts: (reply["parts"] as object[]).map((part) => ({ ...part, size: 1 })),
		})),
	],
	[
		"the count of parts is rounded down",
		["multipart-plan"],
		rewrite("", (plan) => (plan["kind"] === "multipart" ? { ...plan, partCount: 1 } : plan)),
	],
	[
		"receipts are ignored",
		["wrong-receipts"],
		{
			forward: (request) =>
				sends(request, "/complete")
					? {
							...request,
							body: Buffer.from(String(request.body).replace(/,"receipts":"[^"]*"/, "")),
						}
					: request,
		},
	],
	[
		"abort does nothing",
		["abort"],
		instead("/abort", () => ({ status: 204, headers: { "cache-control": "no-store" } })),
	],
	[
		"part numbers are not checked",
		["wrong-windows"],
		{
			forward: (request) =>
				sends(request, "/parts")
					? {
							...request,
							body: Buffer.from(String(request.body).replace('"first":7', '"first":1')),
						}
					: request,
		},
	],
	[
		"the host is ignored",
		["one-host"],
		{
			forward: (request) =>
				sends(request, "/parts")
					? { ...request, body: Buffer.from(String(request.body).replace(/,"host":\d+/, "")) }
					: request,
		},
	],
	[
		"an unknown length is called 0",
		["unknown-length"],
		rewrite("", (plan) => (plan["size"] === null ? { ...plan, size: 0 } : plan)),
	],
	[
		"the state of an upload is always available",
		["status-by-token"],
		rewrite("/status", () => ({ state: "available" })),
	],
];

test.each(broken)("%s: %j", async (_, cases, front) => {
	expect(await failedCases(front, cases)).toEqual(cases);
});

test("names are unique, and sentences are sentences", () => {
	const names = wireCases.map(({ name }) => name);
	expect(new Set(names).size).toBe(names.length);
	for (const { sentence } of wireCases) expect(sentence).toMatch(/^[A-Z].*\.$/);
});
