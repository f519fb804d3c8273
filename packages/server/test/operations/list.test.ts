import { expect, test } from "vitest";
import { createBody, serve } from "../support/call.js";
import { begin, mib } from "../support/multipart.js";

test("list pages through what is stored", async () => {
	const server = serve();
	const token = await begin(server, 1500 * 16 * mib);
	server.provider.storeParts(
		"upload-1",
		Array.from({ length: 1500 }, () => 16 * mib),
	);
	const { body } = await server.post("list", { token });
	expect(body["parts"]).toHaveLength(1000);
	expect(body["next"]).toBe(1000);
	const rest = await server.post("list", { token, after: 1000 });
	expect(rest.body["parts"]).toHaveLength(500);
	expect(rest.body["next"]).toBeUndefined();
	server.provider.begun.clear();
	expect(await server.post("list", { token })).toMatchObject({
		status: 404,
		body: { code: "upload-not-found" },
	});
});

test("an after beyond any part is refused before the storage sees it", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.calls.length = 0;
	for (const after of [50_001, 2 ** 53 - 1]) {
		expect(await server.post("list", { token, after })).toMatchObject({
			status: 400,
			body: { code: "invalid-request", errors: [{ field: "after" }] },
		});
	}
	expect(server.provider.calls).toEqual([]);
});

test("list answers no parts for a single upload, and before any part is stored", async () => {
	const server = serve();
	const { body } = await server.post("", createBody("files/a", 5));
	expect(await server.post("list", { token: body["token"] })).toMatchObject({
		status: 200,
		body: { parts: [] },
	});
	const token = await begin(server, 2e8);
	expect((await server.post("list", { token })).body).toEqual({ parts: [] });
});

test("a list after the highest part number asks no storage, also of an upload that is complete meanwhile", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.begun.clear();
	server.provider.calls.length = 0;
	expect(await server.post("list", { token, after: 50_000 })).toMatchObject({
		status: 200,
		body: { parts: [] },
	});
	expect(server.provider.calls).toEqual([]);
});
