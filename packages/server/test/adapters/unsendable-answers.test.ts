import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createNodeHandler } from "../../src/adapters/node.js";
import { createFetchHandler } from "../../src/adapters/web.js";
import { UploadError, type UploadErrorOptions } from "../../src/errors.js";
import type { PresignProvider } from "../../src/provider.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { createBody, makeHandler, silentLog, tokenSecret } from "../support/call.js";
import { httpApiEvent } from "../support/lambda-event.js";
import { memoryProvider } from "../support/memory-provider.js";

// What an app, or a storage of its own, hands over is no answer that HTTP or JSON could hold. Under node:http, a
// handler that throws then ends the process.

interface Answer {
	readonly status: number;
	readonly location?: string | null;
	readonly retryAfter?: string | null;
	readonly body: string;
}

let thrown: () => unknown;
let downloadUrl = "";
const log = silentLog();
const failures: unknown[] = [];

const memory = memoryProvider();
memory.storeObject("a/x", 1, "upload");
const provider: PresignProvider = {
	...memory,
	signDownload: async () => ({
		method: "GET",
		url: downloadUrl,
		headers: {},
		expiresIn: 60,
		expiresAt: "2026-01-01T00:00:00Z",
	}),
};
const uploads = defineUploads({
	"a/:name": {
		authorize: () => {
			throw thrown();
		},
		authorizeRead: "public",
	},
});
const options = { uploads, provider, tokenSecret, log };
const lambda = makeHandler(options);
const web = createFetchHandler(options);
const node = createNodeHandler(options);

let server: Server;
let origin = "";
beforeAll(async () => {
	server = createServer((request, response) => {
		node(request, response).catch((error: unknown) => {
			failures.push(error);
			response.destroy();
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
	log.lines.length = 0;
});
afterEach(() => {
	expect(failures.splice(0)).toEqual([]);
});
afterAll(async () => {
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
});

const headers = { "content-type": "application/json" };

async function read(response: Response): Promise<Answer> {
	const { status, headers: received } = response;
	const [location, retryAfter] = [received.get("location"), received.get("retry-after")];
	return { status, location, retryAfter, body: await response.text() };
}

const adapters: readonly (readonly [
	string,
	(method: string, query: string, body?: object) => Promise<Answer>,
])[] = [
	[
		"the Lambda handler",
		async (method, query, body) => {
			const path = body ? "/uploads" : "/uploads/download";
			const answer = await lambda(httpApiEvent(method, path, { query, body }));
			const { location = null, "retry-after": retryAfter = null } = answer.headers;
			return { status: answer.statusCode, location, retryAfter, body: answer.body };
		},
	],
	[
		"the web handler",
		async (method, query, body) => {
			const text = body ? { body: JSON.stringify(body) } : {};
			const url = `http://a.example/uploads${body ? "" : "/download"}?${query}`;
			return read(await web(new Request(url, { method, headers, ...text })));
		},
	],
	[
		"the Node handler",
		async (method, query, body) => {
			const text = body ? { body: JSON.stringify(body) } : {};
			const url = `${origin}/uploads${body ? "" : "/download"}?${query}`;
			return read(await fetch(url, { method, headers, redirect: "manual", ...text }));
		},
	],
];

describe.each(adapters)("%s", (_name, send) => {
	const refused = (made: () => unknown): Promise<Answer> => {
		thrown = made;
		return send("POST", "", createBody("a/x", 5));
	};
	const refusal = (members: object) => () =>
		new UploadError("forbidden", "No.", members as UploadErrorOptions);
	test.each([
		["a number that JSON does not have", { values: { id: 5n } }, '"id":"5"'],
		["an object with a secret", { values: { id: { sig: "x" } } }, '"id":"[object Object]"'],
		["a text instead of the single problems", { errors: "wrong" }, '"code":"forbidden"'],
	])("answers a refusal with %s", async (_what, members, text) => {
		const { status, body } = await refused(refusal(members));
		expect({ status, body }).toEqual({ status: 403, body: expect.stringContaining(text) });
	});

	const unreadable = (): Error =>
		Object.defineProperty(new Error("no"), "message", {
			get() {
				throw new Error("no message");
			},
		});
	test.each([
		["a refusal whose values have no text", refusal({ values: { id: Object.create(null) } })],
		["a refusal with no problem among its problems", refusal({ errors: [null] })],
		["an error whose message cannot be read", unreadable],
		["an error behind a refusal that cannot be read", refusal({ cause: unreadable() })],
		[
			"methods that no header can hold",
			() => new UploadError("method-not-allowed", "No.", { allow: "GET\r\nx-a: b" }),
		],
	])("answers %s, and logs it", async (_what, made) => {
		const { status, body } = await refused(made);
		expect([403, 405, 500]).toContain(status);
		expect(JSON.parse(body)).toMatchObject({ status });
		expect(log.lines.length).toBeGreaterThan(0);
	});

	test("rounds the seconds of Retry-After up: a fraction is none for HTTP", async () => {
		const late = () => new UploadError("rate-limited", "Later.", { retryAfter: 1.2 });
		expect(await refused(late)).toMatchObject({ status: 429, retryAfter: "2" });
	});

	test.each([
		["https://cdn.example/日本?a=é", "https://cdn.example/%E6%97%A5%E6%9C%AC?a=%C3%A9"],
		["https://cdn.example/a b\r\nx-a: b", "https://cdn.example/a%20b%0D%0Ax-a:%20b"],
		["https://cdn.example/a%20b?c='(d)'*", "https://cdn.example/a%20b?c='(d)'*"],
	])("redirects to the download URL %j", async (url, location) => {
		downloadUrl = url;
		const answer = await send("GET", "key=a/x&redirect=true");
		expect(answer).toMatchObject({ status: 302, location });
	});

	test("answers 500 where the storage returns no download URL", async () => {
		downloadUrl = undefined as never;
		expect(await send("GET", "key=a/x&redirect=true")).toMatchObject({ status: 500 });
	});
});
