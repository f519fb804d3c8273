import { once } from "node:events";
import { createServer, type IncomingMessage, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { defineUploads } from "@skyput/server";
import { type Backend, type S3Server, startBackend, startS3Server } from "@skyput/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createClient, type Upload, type UploadFileOptions } from "../../src/node/index.js";
import { createMemoryStore } from "../fakes/platform.js";
import { bytes, expectSameBytes, failureOf } from "../fakes/values.js";

const partSize = 5 * 2 ** 20;
const inParts = { multipartThreshold: 1, concurrency: 1 };
const file = bytes(partSize + 100_003);
const small = bytes(1_000);

interface Answer {
	readonly status: number;
	readonly headers?: Readonly<Record<string, string | string[] | undefined>>;
	readonly body?: string | Uint8Array;
}

/** Answers a request in the place of the storage; `forward` reaches it, and may be called again. */
type Stranger = (
	request: Pick<IncomingMessage, "method" | "url">,
	forward: () => Promise<Answer>,
) => Answer | Promise<Answer>;

const asIs: Stranger = (_, forward) => forward();
let stranger = asIs;
let storage: S3Server;
let backend: Backend;
const proxy = createServer(async (request, response) => {
	const body = await buffer(request);
	const { port } = new URL(storage.endpoint);
	const forward = async (): Promise<Answer> => {
		const { method, url, headers } = request;
		const [answer] = (await once(
			send({ host: "127.0.0.1", port, method, path: url, headers }).end(body),
			"response",
		)) as [IncomingMessage];
		return { status: answer.statusCode ?? 0, headers: answer.headers, body: await buffer(answer) };
	};
	const { status, headers = {}, body: text = "" } = await stranger(request, forward);
	response.writeHead(status, headers as Record<string, string>).end(text);
});

beforeAll(async () => {
	storage = await startS3Server();
	await once(proxy.listen(0, "127.0.0.1"), "listening");
	const { port } = proxy.address() as AddressInfo;
	const options = { authorize: "public", partSize } as const;
	backend = await startBackend({
		uploads: defineUploads({
			"files/*path": options,
			"over/*path": { ...options, overwrite: true },
			"confirmed/*path": { ...options, onComplete: () => ({ done: true }) },
		}),
		storage: { ...storage, endpoint: `http://127.0.0.1:${port}` },
		handler: { log: { error() {}, warn() {}, info() {} } },
	});
});
beforeEach(() => backend.clear());
afterAll(async () => {
	await backend.close();
	proxy.closeAllConnections();
	proxy.close();
	await storage.close();
});
afterEach(() => {
	stranger = asIs;
	vi.restoreAllMocks();
});

function upload(
	key: string,
	content: Uint8Array,
	options: Partial<UploadFileOptions> = {},
): Upload {
	// no back-off
	vi.spyOn(Math, "random").mockReturnValue(0);
	const { fetch, ...rest } = options;
	const client = createClient({ endpoint: backend.endpoint, ...(fetch ? { fetch } : {}) });
	const retry = { limit: 2, networkLimit: 2 };
	return client.uploadFile(new File([new Uint8Array(content)], "film", { lastModified: 1 }), key, {
		retry,
		...rest,
	});
}

const isPut = ({ method }: Pick<IncomingMessage, "method">): boolean => method === "PUT";

/** As a strong entity tag of another server. */
const etag = '"5f3759df"';

describe("a PUT that never reaches the storage and is answered", () => {
	test.each<[string, Answer]>([
		[
			"206 with a piece of a page",
			{ status: 206, body: "<html>", headers: { etag, "content-type": "text/html" } },
		],
		["304", { status: 304, headers: { etag } }],
		["204 without an entity tag", { status: 204 }],
		["205", { status: 205 }],
		["201 with a location", { status: 201, headers: { location: "/uploads/1" } }],
		["200 with a weak entity tag", { status: 200, headers: { etag: `W/${etag}` } }],
		[
			"200 with the JSON of another app and its entity tag",
			{ status: 200, body: '{"ok":true}', headers: { etag, "content-type": "application/json" } },
		],
		["302 to a login page", { status: 302, headers: { location: "/login" } }],
		["511", { status: 511, body: "<html>Sign in</html>" }],
		...[400, 401, 404, 405, 409, 412, 451].map((status): [string, Answer] => [
			`${status} of a proxy`,
			{ status, body: "<html>", headers: { "content-type": "text/html" } },
		]),
	])("%s is stored by no upload", async (name, answer) => {
		stranger = (request, forward) => (isPut(request) ? answer : forward());
		for (const [content, options] of [
			[small, {}],
			[file, inParts],
		] as const) {
			const key = `files/${name}/${content.length}`;
			await failureOf(upload(key, content, options));
			expect(await backend.read(key)).toBeNull();
			// the same upload where the stranger goes away
			let first = true;
			stranger = (request, forward) => {
				if (!isPut(request) || !first) return forward();
				first = false;
				return answer;
			};
			const stored = await upload(key, content, options);
			expect(stored.size).toBe(content.length);
			expectSameBytes(await backend.read(key), content);
			stranger = (request, forward) => (isPut(request) ? answer : forward());
		}
	});
});

/** The page of a proxy, with a status that would end an upload if the storage had sent it. */
const pageOf = (status: number): Answer => ({
	status,
	body: "<html>",
	headers: { "content-type": "text/html" },
});

test.each([400, 404, 409])(
	"a proxy's %i is not taken for the file that is there already and may be overwritten",
	async (status) => {
		await upload("over/film", bytes(999));
		let first = true;
		stranger = (request, forward) => {
			if (!isPut(request) || !first) return forward();
			first = false;
			return pageOf(status);
		};
		await upload("over/film", small);
		expectSameBytes(await backend.read("over/film"), small);
	},
);

test("a proxy's 400 ends no upload where the server may not look at objects", async () => {
	let first = true;
	stranger = (request, forward) => {
		if (request.method === "HEAD") return { status: 403 };
		if (!isPut(request) || !first) return forward();
		first = false;
		return pageOf(400);
	};
	expect((await upload("files/unseen", small)).size).toBe(small.length);
	expectSameBytes(await backend.read("files/unseen"), small);
});

test.each([400, 404, 409])(
	"a proxy's %i to a part that is sent again is not taken for the part that somebody has replaced",
	async (status) => {
		let part = "";
		let step: "sent" | "replacing" | "replaced" | "answered" = "sent";
		stranger = (request, forward) => {
			if (isPut(request) && request.url?.includes("partNumber=1&")) part = request.url;
			if (step !== "replaced" || !isPut(request)) return forward();
			step = "answered";
			return pageOf(status);
		};
		const { port } = proxy.address() as AddressInfo;
		const uploading = upload("files/replaced", file, {
			...inParts,
			checksum: false,
			async fetch(request) {
				if (request.url.endsWith("/complete") && step === "sent") {
					step = "replacing";
					const body = new Uint8Array(partSize).fill(7);
					await fetch(`http://127.0.0.1:${port}${part}`, { method: "PUT", body });
					step = "replaced";
				}
				return await fetch(request);
			},
		});
		await uploading;
		expect(step).toBe("answered");
		expectSameBytes(await backend.read("files/replaced"), file);
	},
);

test.each([
	["one request", small, {}],
	["parts", file, inParts],
])(
	"the 413 of a body limit in front of the storage ends an upload in %s after one PUT",
	async (_, content, options) => {
		let puts = 0;
		stranger = (request, forward) => {
			if (!isPut(request)) return forward();
			puts++;
			return pageOf(413);
		};
		const error = await failureOf(upload("files/limited", content, options));
		expect(error).toMatchObject({ code: "too-large", status: 413, retryable: false });
		expect(error.message).toContain("body limit");
		expect(puts).toBe(1);
	},
);

describe("a PUT that is stored", () => {
	test.each([
		["in one request", small, {}],
		["in parts", file, inParts],
	])(
		"and sent twice by a proxy that tells the second answer succeeds %s",
		async (what, content, options) => {
			stranger = async (request, forward) => {
				const answer = await forward();
				return isPut(request) ? forward() : answer;
			};
			const key = `files/twice/${what}`;
			expect(await upload(key, content, options)).toMatchObject({ verified: true });
			expectSameBytes(await backend.read(key), content);
		},
	);

	test("and whose entity tags lose their quotes on the way succeeds", async () => {
		stranger = async (request, forward) => {
			const answer = await forward();
			if (!isPut(request)) return answer;
			const tag = String(answer.headers?.["etag"]).replaceAll('"', "");
			return { ...answer, headers: { ...answer.headers, etag: tag } };
		};
		for (const [content, options] of [
			[small, {}],
			[file, inParts],
		] as const) {
			const key = `files/unquoted/${content.length}`;
			await upload(key, content, options);
			expectSameBytes(await backend.read(key), content);
		}
	});

	test("and confirmed by HEADs from a stale cache is never stored twice, nor told as missing for good", async () => {
		const key = "confirmed/stale";
		const missing = { status: 404 };
		let heads = 0;
		stranger = (request, forward) =>
			request.method === "HEAD" && ++heads <= 2 ? missing : forward();
		expect(await upload(key, small)).toMatchObject({ data: { done: true } });
		expectSameBytes(await backend.read(key), small);
	});
});

describe("a commit", () => {
	const isCommit = ({ method, url }: Pick<IncomingMessage, "method" | "url">): boolean =>
		method === "POST" && /[?&]uploadId=/.test(url ?? "");
	const xml = (inner: string): string =>
		`<?xml version="1.0" encoding="UTF-8"?>\n${" \n".repeat(40)}${inner}`;

	test.each<[string, boolean, (answer: Answer) => Answer]>([
		[
			"kept alive by white space and ends with an error",
			false,
			() => ({ status: 200, body: xml("<Error><Code>InternalError</Code></Error>") }),
		],
		[
			"kept alive by white space and cut off",
			true,
			(answer) => ({ ...answer, headers: {}, body: xml("") }),
		],
		[
			"cut in the middle",
			true,
			(answer) => ({ status: 200, body: answer.body?.slice(0, 150) ?? "" }),
		],
		[
			"200 of a login page",
			false,
			() => ({
				status: 200,
				body: "<html>Sign in</html>",
				headers: { "content-type": "text/html" },
			}),
		],
		["200 and empty", false, () => ({ status: 200 })],
		["204", true, () => ({ status: 204 })],
	])("whose first answer is %s ends stored once", async (name, reaches, change) => {
		let commits = 0;
		stranger = async (request, forward) => {
			if (!isCommit(request) || ++commits > 1) return forward();
			return change(reaches ? await forward() : { status: 200 });
		};
		const key = `files/commit/${name}`;
		expect(await upload(key, file, inParts)).toMatchObject({ size: file.length });
		expectSameBytes(await backend.read(key), file);
	});

	test.each<[string, Answer]>([
		[
			"200 of a login page",
			{ status: 200, body: "<html>Sign in</html>", headers: { "content-type": "text/html" } },
		],
		["200 and empty", { status: 200 }],
		["204", { status: 204 }],
	])("that is never reached and answered %s is told as stored by nobody", async (name, answer) => {
		stranger = (request, forward) => (isCommit(request) ? answer : forward());
		const key = `files/unreached/${name}`;
		const store = createMemoryStore();
		await failureOf(upload(key, file, { ...inParts, resume: store }));
		expect(await backend.read(key)).toBeNull();
		// its parts are kept
		let puts = 0;
		stranger = (request, forward) => {
			if (isPut(request)) puts++;
			return forward();
		};
		await upload(key, file, { ...inParts, resume: store });
		expectSameBytes(await backend.read(key), file);
		expect(puts).toBe(0);
	});
});

describe("the endpoint's answer to a commit that never reached it", () => {
	test.each<[string, () => Response]>([
		["{}", () => Response.json({})],
		["null", () => Response.json(null)],
		["a list", () => Response.json([])],
		["another app's", () => Response.json({ ok: true, size: 1 })],
		["a key without a size", () => Response.json({ key: "k" })],
		["another size", () => Response.json({ key: "k", size: 1, verified: true })],
		["a size as text", () => Response.json({ key: "k", size: `${file.length}`, verified: true })],
		["204", () => new Response(null, { status: 204 })],
		["206", () => new Response('{"key":"k"', { status: 206 })],
		[
			"202 without an end",
			() => {
				vi.spyOn(performance, "now").mockReturnValue(performance.now() + 3_600_000);
				return Response.json({ state: "pending", retryAfter: "soon" }, { status: 202 });
			},
		],
	])("%s is no success", async (name, answer) => {
		const key = `files/endpoint/${name}`;
		const error = await failureOf(
			upload(key, file, {
				...inParts,
				fetch: async (request) =>
					request.url.endsWith("/complete") ? answer() : await fetch(request),
			}),
		);
		expect(error.code).toMatch(/^(invalid-request|unsupported|network|internal|timeout)$/);
		expect(await backend.read(key)).toBeNull();
	});
});

describe("the endpoint's answer to a commit that took effect", () => {
	const page = "<!doctype html><title>Blocked</title>";
	test.each<[string, () => Response]>([
		["200 without a body", () => new Response()],
		["204", () => new Response(null, { status: 204 })],
		["206", () => new Response('{"key":"k"', { status: 206 })],
		["a page", () => new Response(page, { headers: { "content-type": "text/html" } })],
		["a firewall's 403", () => new Response(page, { status: 403 })],
		["a gateway's 404", () => new Response(page, { status: 404 })],
		["a firewall's 413", () => new Response(page, { status: 413 })],
	])("is asked for again where it was replaced by %s", async (name, answer) => {
		for (const [content, options] of [
			[small, {}],
			[file, inParts],
		] as const) {
			const key = `confirmed/${name}/${content.length}`;
			let isFirst = true;
			const stored = await upload(key, content, {
				...options,
				async fetch(request) {
					const response = await fetch(request);
					if (!request.url.endsWith("/complete") || !isFirst) return response;
					isFirst = false;
					expect(response.status).toBe(200);
					return answer();
				},
			});
			expect(stored).toMatchObject({ key, size: content.length, data: { done: true } });
			expectSameBytes(await backend.read(key), content);
		}
	});
});

test("a part that alone is refused by the storage ends as forbidden, and the rest is kept", async () => {
	const key = "files/one-part";
	const store = createMemoryStore();
	const denied = { status: 403, body: "<Error><Code>AccessDenied</Code></Error>" };
	const isSecond = (url = ""): boolean => /partNumber=2&/.test(url);
	stranger = (request, forward) => (isSecond(request.url) ? denied : forward());
	const options = { ...inParts, resume: store };
	expect(await failureOf(upload(key, file, options))).toMatchObject({ code: "forbidden" });
	const sent: string[] = [];
	stranger = (request, forward) => {
		if (isPut(request)) sent.push(/partNumber=(\d+)/.exec(request.url ?? "")?.[1] ?? "");
		return forward();
	};
	await upload(key, file, options);
	expectSameBytes(await backend.read(key), file);
	expect(sent).toEqual(["2"]);
});
