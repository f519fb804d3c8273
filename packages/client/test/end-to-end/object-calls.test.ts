import { defineUploads } from "@skyput/server";
import { type Backend, startBackend } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createClient, UploadError } from "../../src/node/index.js";

let backend: Backend;
const asked: string[] = [];
beforeAll(async () => {
	backend = await startBackend({
		uploads: defineUploads({
			"images/:name": {
				authorize: "public",
				maxSize: "5 MB",
				contentTypes: ["image/png"],
				authorizeRead: "public",
				authorizeDelete: "public",
			},
			"pages/:name": { authorize: "public", authorizeRead: "public" },
			"secret/:name": { authorize: "public" },
		}),
		handler: {
			hooks: { before: ({ operation }) => void asked.push(operation) },
			log: { error() {}, warn() {}, info() {} },
		},
	});
});
beforeEach(() => backend.clear());
afterAll(() => backend.close());

const connect = (options: object = {}) => createClient({ endpoint: backend.endpoint, ...options });
const codeOf = (error: unknown): unknown =>
	error instanceof UploadError ? error.code : `not an UploadError: ${error}`;

test("a stored file is read by its download URL, under the asked name, and deleted", async () => {
	const client = connect();
	const file = new Blob(["a picture"], { type: "image/png" });
	const { key } = await client.uploadFile(file, "images/a.png");
	const shown = await fetch(await client.downloadUrl(key, { disposition: "inline" }));
	expect(shown.headers.get("content-disposition")).toBe("inline");
	expect(await shown.text()).toBe("a picture");
	const saved = await fetch(await client.downloadUrl(key, { filename: 'Été "1".png' }));
	expect(saved.headers.get("content-disposition")).toBe(
		"attachment; filename=\"_t_ _1_.png\"; filename*=UTF-8''%C3%89t%C3%A9%20%221%22.png",
	);
	await client.deleteFile(key);
	await client.deleteFile(key);
	expect(await backend.read(key)).toBeNull();
	await expect(client.downloadUrl(key).catch(codeOf)).resolves.toBe("not-found");
});

test("a path without the operation is named by the call that found it", async () => {
	const only = connect({
		fetch: async (request: Request) =>
			request.url.endsWith("/uploads") ? await fetch(request) : new Response(null, { status: 404 }),
	});
	const messageOf = (call: Promise<unknown>): Promise<unknown> =>
		call.then(String, (error: Error) => error.message);
	expect(await messageOf(only.downloadUrl("images/a.png"))).toMatch(
		/^GET \/uploads\/download at .* 404: route GET and POST \/uploads\/\* to the upload handler/,
	);
	expect(await messageOf(only.rules("images/a.png"))).toMatch(/^GET \/uploads\/rules at/);
	expect(await messageOf(only.deleteFile("images/a.png"))).toMatch(
		/^POST \/uploads\/delete at .* 404: route GET and POST \/uploads\/\*/,
	);
});

test("a page that somebody stored never opens at the storage's origin", async () => {
	const client = connect();
	const page = new Blob(["<script>steal()</script>"], { type: "text/html" });
	const { key } = await client.uploadFile(page, "pages/a.html");
	for (const options of [{}, { disposition: "inline" }, { filename: "a.html" }] as const) {
		const response = await fetch(await client.downloadUrl(key, options));
		expect(response.headers.get("content-disposition")).toMatch(/^attachment/);
		await response.body?.cancel();
	}
});

test("the limits of a key are asked for once in five minutes, and a refusal again", async () => {
	const client = connect();
	asked.length = 0;
	const limits = { maxSize: 5_000_000, contentTypes: ["image/png"] };
	expect(await client.rules("images/b.png")).toEqual(limits);
	expect(await client.rules("images/b.png")).toEqual(limits);
	expect(asked).toEqual(["rules"]);
	for (let round = 0; round < 2; round++) {
		await expect(client.rules("elsewhere").catch(codeOf)).resolves.toBe("unauthenticated");
	}
	expect(asked).toEqual(["rules", "rules", "rules"]);
});

test("what nobody may read or delete is refused, and a bad name is named", async () => {
	const client = connect();
	await expect(client.downloadUrl("secret/a").catch(codeOf)).resolves.toBe("unauthenticated");
	await expect(client.deleteFile("secret/a").catch(codeOf)).resolves.toBe("unauthenticated");
	const bad = client.downloadUrl("images/a.png", { filename: "../a" });
	await expect(bad.catch(codeOf)).resolves.toBe("invalid-request");
});

test("a call is aborted by its signal, and sends the client's headers", async () => {
	const signal = AbortSignal.abort(new Error("left the page"));
	const aborted = await connect()
		.downloadUrl("images/a.png", { signal })
		.catch((error: unknown) => error);
	expect(aborted).toMatchObject({ code: "aborted", cause: signal.reason });
	const sent: (string | null)[] = [];
	const client = connect({
		headers: () => ({ "x-session": "7" }),
		fetch: (request: Request) => {
			sent.push(`${request.method} ${request.headers.get("x-session")}`);
			return fetch(request);
		},
	});
	await client.deleteFile("images/none.png");
	await client.rules("images/none.png");
	expect(sent).toEqual(["POST 7", "GET 7"]);
});

test("a call that fails, and each file of many, says so in the app's own words", async () => {
	const messages = {
		unauthenticated: "Bitte anmelden.",
		"unsupported-type": ({ values }: UploadError) => `Nur ${values?.["accepted"]}.`,
	};
	const client = connect({ messages });
	await expect(client.downloadUrl("secret/a")).rejects.toMatchObject({
		code: "unauthenticated",
		message: "Bitte anmelden.",
	});
	const file = new File(["text"], "a.txt", { type: "text/plain" });
	const { failed } = await client.uploadFiles([file], () => "images/a.txt");
	expect(failed[0]?.error).toMatchObject({ code: "unsupported-type", message: "Nur image/png." });
});

test.each([
	["options", null],
	["a signal", { signal: null }],
])("%s of null counts as none", async (_, options) => {
	const client = connect();
	const none = options as unknown as undefined;
	await client.uploadFile(new Blob(["a"], { type: "image/png" }), "images/null.png");
	expect(await client.downloadUrl("images/null.png", none)).toContain("null.png");
	expect(await client.status("images/null.png", none)).toEqual({ state: "available" });
	await client.deleteFile("images/null.png", none);
	expect(await backend.read("images/null.png")).toBeNull();
});
