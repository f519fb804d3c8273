import { defineUploads } from "@skyput/server";
import { afterEach, expect, test } from "vitest";
import { type Backend, type BackendOptions, startBackend, startS3Server } from "../src/index.js";

const uploads = defineUploads({
	"public/:name": { authorize: "public" },
	"users/:userId/:name": { authorize: ({ principal, params }) => principal?.sub === params.userId },
});

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
	for (const close of closing.splice(0).reverse()) await close();
});

async function start(options: Partial<BackendOptions> = {}): Promise<Backend> {
	const backend = await startBackend({ uploads, ...options });
	closing.push(backend.close);
	return backend;
}

/** Signs an upload by the plain-URL contract and sends it. */
async function put({ endpoint }: Backend, key: string, text: string): Promise<number> {
	const query = new URLSearchParams({ key, size: String(text.length) });
	const signed = await fetch(`${endpoint}?${query}`);
	if (!signed.ok) return signed.status;
	const { uploadURL, method, headers } = (await signed.json()) as {
		uploadURL: string;
		method: string;
		headers: Record<string, string>;
	};
	return (await fetch(uploadURL, { method, headers, body: text })).status;
}

test.each(["gateway", "node"] as const)(
	"an upload through the %s is stored and can be read",
	async (runtime) => {
		const backend = await start({ runtime });
		expect(await put(backend, "public/a", "hello")).toBe(200);
		expect(await backend.read("public/a")).toEqual(new Uint8Array(Buffer.from("hello")));
		expect(await backend.provider.head("public/a")).toMatchObject({ size: 5 });
	},
);

test("reading a key without an object gives null", async () => {
	expect(await (await start()).read("public/nothing")).toBeNull();
});

test("a backend that was cleared has neither objects nor uploads, and goes on", async () => {
	const backend = await start();
	const { provider } = backend;
	expect(await put(backend, "public/a", "hello")).toBe(200);
	const upload = await provider.createMultipart(
		{ key: "public/b", size: null },
		{ createOnly: true },
	);
	await backend.clear();
	expect(await backend.read("public/a")).toBeNull();
	await expect(provider.listParts(upload, {})).rejects.toMatchObject({ code: "upload-not-found" });
	expect(await put(backend, "public/a", "again")).toBe(200);
});

test("a backend clears the S3 server that it was given, and says so where a storage cannot be cleared", async () => {
	const storage = await startS3Server();
	closing.push(storage.close);
	const backend = await start({ storage });
	expect(await put(backend, "public/a", "hello")).toBe(200);
	await backend.clear();
	expect(await backend.read("public/a")).toBeNull();
	const { provider } = backend;
	await expect((await start({ provider })).clear()).rejects.toThrow(/no clear\(\)/);
});

test.each(["gateway", "node"] as const)(
	"callers of the %s have the identity that was given",
	async (runtime) => {
		const backend = await start({ runtime, principal: { sub: "42" } });
		expect(await put(backend, "users/42/a", "mine")).toBe(200);
		expect(await put(backend, "users/43/a", "theirs")).toBe(403);
		expect(await put(await start({ runtime }), "users/42/a", "whose")).toBe(401);
	},
);

test("fault proxies stand before the handler and before the storage", async () => {
	const backend = await start({ handlerProxy: {}, storageProxy: {} });
	const { handlerProxy, storageProxy } = backend;
	const busy = { kind: "respond", when: "after-body", status: 503 } as const;
	storageProxy?.rules.push({ fault: { name: "busy", effect: busy }, nth: 1 });
	expect(await put(backend, "public/a", "hello")).toBe(503);
	expect(await put(backend, "public/a", "hello")).toBe(200);
	expect(await backend.read("public/a")).not.toBeNull();
	expect(handlerProxy?.log.map(({ operation }) => operation)).toEqual(["sign", "sign"]);
	expect(storageProxy?.log.map(({ operation }) => operation)).toEqual(["PutObject", "PutObject"]);
});

test("a storage server that runs already is used, and left running", async () => {
	const storage = await startS3Server();
	closing.push(storage.close);
	const backend = await startBackend({ uploads, storage });
	expect(await put(backend, "public/a", "hello")).toBe(200);
	await backend.close();
	await expect(fetch(backend.endpoint)).rejects.toThrow();
	expect((await fetch(storage.endpoint)).status).toBe(403);
});

test("options that the handler refuses are refused", async () => {
	const handler = { tokenSecret: "short" };
	await expect(startBackend({ uploads, handler })).rejects.toThrow(TypeError);
});

test("a provider of another storage takes the place of the S3 server, and of all that belongs to it", async () => {
	const { provider } = await start();
	const backend = await start({ provider, runtime: "node" });
	expect(await put(backend, "public/elsewhere", "hello")).toBe(200);
	expect(await backend.read("public/elsewhere")).toEqual(new Uint8Array(Buffer.from("hello")));
	expect(backend.storage).toBeUndefined();
	await expect(start({ provider, storageProxy: {} })).rejects.toThrow(
		"provider cannot be combined",
	);
});
