import { afterEach, expect, test, vi } from "vitest";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { createBody, serve } from "../support/call.js";
import { abilities, memoryProvider } from "../support/memory-provider.js";
import { begin, size } from "../support/multipart.js";

afterEach(() => {
	vi.useRealTimers();
});

test("a token past half its life is refreshed, and an expired one is taken by list alone", async () => {
	const server = serve();
	const token = await begin(server);
	expect((await server.post("list", { token })).body["token"]).toBeUndefined();
	vi.useFakeTimers({ now: Date.now() + 4 * 86_400_000, toFake: ["Date"] });
	expect((await server.post("parts", { token, first: 1, count: 1 })).body["token"]).toEqual(
		expect.any(String),
	);
	vi.setSystemTime(Date.now() + 10 * 86_400_000);
	for (const operation of ["parts", "complete", "abort"]) {
		expect(await server.post(operation, { token, first: 1, count: 1 })).toMatchObject({
			status: 410,
			body: { code: "token-expired" },
		});
	}
	const { body } = await server.post("list", { token });
	expect((await server.post("parts", { token: body["token"], first: 1, count: 1 })).status).toBe(
		200,
	);
	vi.setSystemTime(Date.now() + 17 * 86_400_000);
	expect((await server.post("list", { token })).body.code).toBe("token-expired");
});

test("a token is valid only for its principal, its bucket and a rule that still exists", async () => {
	const uploads = defineUploads({ "a/:n": { authorize: ({ principal }) => principal !== null } });
	const server = serve({ uploads });
	const { body } = await server.post("", createBody("a/x", size, { multipart: true }), "7");
	const token = body["token"];
	for (const operation of ["parts", "list", "complete", "abort"]) {
		const call = { token, first: 1, count: 1 };
		expect(await server.post(operation, call, "8")).toMatchObject({
			status: 403,
			body: { code: "forbidden" },
		});
		expect(await server.post(operation, call)).toMatchObject({
			status: 401,
			body: { code: "unauthenticated" },
		});
		const elsewhere = serve({ uploads, provider: { ...server.provider, bucket: "another" } });
		expect((await elsewhere.post(operation, call, "7")).body.code).toBe("token-expired");
		expect((await serve().post(operation, call, "7")).body.code).toBe("token-expired");
	}
	expect((await server.post("abort", { token }, "7")).status).toBe(204);
});

test("authorize runs again on every later call, with its action", async () => {
	const actions: string[] = [];
	let open = true;
	const uploads = defineUploads({
		"a/:n": {
			authorize: ({ action }) => {
				actions.push(action);
				return open;
			},
		},
	});
	const server = serve({ uploads });
	const token = await begin(server, size, "a/x");
	open = false;
	for (const operation of ["parts", "list", "complete"]) {
		expect((await server.post(operation, { token, first: 1, count: 1 }, undefined)).status).toBe(
			401,
		);
	}
	expect(actions).toEqual(["create", "parts", "list", "complete"]);
});

test("an upload that today's rule would refuse goes no further, but can be aborted", async () => {
	const server = serve();
	const token = await begin(server, size, "files/a");
	const today = (rule: object) =>
		serve({
			uploads: defineUploads({ "files/*path": { authorize: "public", ...rule } }),
			provider: server.provider,
		});
	for (const operation of ["parts", "list", "complete"]) {
		const call = { token, first: 1, count: 1 };
		expect((await today({ maxSize: "1 MB" }).post(operation, call)).status).toBe(413);
		expect((await today({ contentTypes: ["image/png"] }).post(operation, call)).status).toBe(415);
		expect((await today({ extensions: ["png"] }).post(operation, call)).status).toBe(415);
	}
	expect((await today({ maxSize: "1 MB" }).post("abort", { token })).status).toBe(204);
});

test("an upload ends when the storage discards its parts, before its token does", async () => {
	const { multipart } = abilities;
	if (multipart === false) throw new Error("no multipart uploads");
	const capabilities = { ...abilities, multipart: { ...multipart, uploadLife: 86_400 } };
	const server = serve({ provider: memoryProvider(capabilities) });
	const token = await begin(server, size, "files/a");
	expect((await server.post("list", { token })).status).toBe(200);
	vi.useFakeTimers({ now: Date.now() + 90_000_000, toFake: ["Date"] });
	for (const operation of ["list", "parts", "complete"]) {
		const answer = await server.post(operation, { token, first: 1, count: 1 });
		expect(answer).toMatchObject({ status: 410, body: { code: "token-expired" } });
	}
});
