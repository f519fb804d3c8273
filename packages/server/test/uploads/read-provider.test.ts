import { expect, test, vi } from "vitest";
import type { PresignProvider } from "../../src/provider.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import type { ProviderCall } from "../../src/uploads/read-provider.js";
import { createBody, makeHandler, serve, silentLog } from "../support/call.js";
import { httpApiEvent } from "../support/lambda-event.js";
import { abilities, memoryProvider } from "../support/memory-provider.js";
import { begin } from "../support/multipart.js";

const uploads = defineUploads({
	"files/*path": { authorize: "public", authorizeRead: "public", authorizeDelete: "public" },
	"media/:name": {
		authorize: "public",
		authorizeRead: "public",
		authorizeDelete: "public",
		provider: "media",
	},
});

const named = (members: Partial<PresignProvider> = {}) => ({ ...memoryProvider(), ...members });

test("a rule chooses one of several storages by name, for every operation", async () => {
	const stores = { default: memoryProvider(), media: memoryProvider() };
	const server = serve({ uploads, provider: stores as never });
	for (const [key, store, other] of [
		["files/a", stores.default, stores.media],
		["media/a", stores.media, stores.default],
	] as const) {
		other.calls.length = 0;
		await server.get(`key=${key}`);
		await server.post("", createBody(key, 1));
		const token = await begin(server, undefined, key);
		for (const operation of ["parts", "list", "complete", "status"]) {
			await server.post(operation, { token, first: 1, count: 1 });
		}
		await server.post("abort", { token });
		store.storeObject(key, 1);
		expect((await server.send("GET", "/uploads/download", { query: `key=${key}` })).status).toBe(
			200,
		);
		expect((await server.post("status", { key })).body).toEqual({ state: "available" });
		expect((await server.post("delete", { key })).status).toBe(204);
		expect(store.objects.size).toBe(0);
		expect(new Set(store.calls)).toContain("listParts");
		expect(other.calls).toEqual([]);
	}
});

test("a storage that a rule names and nobody passed is refused when the handler is made", () => {
	const make = (provider: unknown) => () => makeHandler({ uploads, provider: provider as never });
	const store = memoryProvider();
	expect(make({ default: store })).toThrow(
		'The rule "media/:name" names the provider "media", which does not exist. The option provider has: default.',
	);
	expect(make({ media: store })).toThrow(
		'The rule "files/*path" names no provider, and there is none called "default". The option provider has: media.',
	);
	expect(make(store)).toThrow(
		'The rule "media/:name" names the provider "media", but the option provider is a single one.',
	);
	expect(make({ default: store, media: {} })).toThrow("provider.media must be a storage");
	for (const wrong of [{}, null, undefined, "s3", []]) {
		expect(make(wrong)).toThrow("provider must be a storage such as s3Provider({ bucket })");
	}
	const inherited = defineUploads({ "a/:n": { authorize: "public", provider: "constructor" } });
	expect(() => makeHandler({ uploads: inherited, provider: { media: store } })).toThrow(
		'names the provider "constructor", which does not exist',
	);
	expect(() => defineUploads({ "a/:n": { provider: "" } })).toThrow("not the name of one");
});

test("each named storage is checked against the rules that use it", () => {
	const weak = memoryProvider({
		...abilities,
		createOnly: { single: "none", multipart: "none" },
	});
	const make = (provider: Record<string, PresignProvider>) => () =>
		makeHandler({ uploads, provider });
	expect(make({ default: named(), media: weak })).toThrow(
		/^provider\.media: The rule "media\/:name" must not overwrite/,
	);
	expect(make({ default: named(), media: named(), archive: weak })).not.toThrow();
	const unsigned = memoryProvider({ ...abilities, unsignedHeaders: "accepted" });
	expect(make({ default: named(), media: named(), archive: unsigned })).toThrow(
		/^provider\.archive: .*x-amz-\* headers that nobody signed/,
	);
});

test("a function finds the storage of a call, and is told what authorize was told", async () => {
	const calls: ProviderCall[] = [];
	const store = memoryProvider();
	const provider = async (call: ProviderCall) => {
		calls.push(call);
		return store;
	};
	const server = serve({ uploads, provider: provider as never });
	const { body } = await server.post("", createBody("media/a", 5, { contentType: "a/b" }), "7");
	await server.post("list", { token: body["token"] }, "7");
	await server.post("delete", { key: "files/a/b" });
	const { uploadId } = body;
	const principal = { sub: "7", iss: "https://issuer.example" };
	const members = { requestId: "request-1", requestedKey: "media/a", provider: "media" };
	const upload = { ...members, principal, params: { name: "a" }, size: 5, contentType: "a/b" };
	expect(calls).toEqual([
		{ operation: "create", ...upload },
		{ operation: "list", uploadId, ...upload },
		{
			operation: "delete",
			requestId: "request-1",
			requestedKey: "files/a/b",
			params: { path: "a/b" },
			principal: null,
			provider: undefined,
		},
	]);
});

test("a function is not asked for callers whom a rule refuses", async () => {
	const provider = vi.fn(() => memoryProvider());
	const closed = defineUploads({ "a/:n": { authorize: ({ principal }) => principal !== null } });
	const server = serve({ uploads: closed, provider: provider as never });
	expect((await server.post("", createBody("a/b", 1))).status).toBe(401);
	expect((await server.get("key=other")).status).toBe(401);
	expect((await server.post("delete", { key: "a/b" })).status).toBe(401);
	expect(provider).not.toHaveBeenCalled();
});

test("a function may refuse; what it must not return answers 500, and the log says why", async () => {
	const weak = memoryProvider({ ...abilities, unsignedHeaders: "accepted" });
	for (const [provider, reason] of [
		[() => undefined, /returned undefined, not a storage/],
		[() => null, /returned null, not a storage/],
		[() => weak, /cannot serve the rules\. .*x-amz-\* headers that nobody signed/],
	] as const) {
		const log = silentLog();
		const server = serve({ uploads, log, provider: provider as never });
		for (let repeat = 0; repeat < 2; repeat++) {
			const answer = await server.post("", createBody("files/a", 1));
			expect(answer).toMatchObject({ status: 500, body: { code: "internal" } });
			expect(JSON.stringify(answer.body)).not.toContain("x-amz");
			expect(log.lines.at(-1)).toMatchObject({ reason: expect.stringMatching(reason) });
		}
	}
	const handler = makeHandler({
		uploads,
		provider: () => {
			throw new (class extends Error {})("the database of tenants is down");
		},
		log: silentLog(),
	});
	const { statusCode } = await handler(httpApiEvent("GET", "/uploads", { query: "key=files/a" }));
	expect(statusCode).toBe(500);
});
