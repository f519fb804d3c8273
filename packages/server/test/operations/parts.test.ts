import { expect, test } from "vitest";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { serve } from "../support/call.js";
import { abilities, memoryProvider } from "../support/memory-provider.js";
import { begin, mib } from "../support/multipart.js";

test("parts are signed in windows of at most 1,000, and beyond the end not at all", async () => {
	const server = serve();
	const token = await begin(server, 5000 * 16 * mib);
	const parts = async (first: number, count: number) =>
		server.post("parts", { token, first, count });
	expect((await parts(33, 10)).body).toMatchObject({ first: 33, count: 10 });
	expect((await parts(1, 5000)).body["count"]).toBe(1000);
	expect((await parts(4990, 100)).body["count"]).toBe(11);
	expect((await parts(5001, 1)).body.code).toBe("invalid-request");
	for (const [first, count] of [
		[0, 1],
		[1, 0],
		[-1, 1],
		[1.5, 1],
		[1e300, 1],
	] as const) {
		expect((await parts(first, count)).body.code).toBe("invalid-request");
	}
});

test("a storage that pays a call for every signature gets small windows", async () => {
	const provider = memoryProvider({
		...abilities,
		signing: { maxWindow: 8, maxExpiresIn: 43_200 },
	});
	const server = serve({ provider });
	const token = await begin(server, 5000 * 16 * mib);
	expect((await server.post("parts", { token, first: 1, count: 100 })).body["count"]).toBe(8);
});

test("the short last part of an unknown length is signed alone, while the total stays within the limit", async () => {
	const uploads = defineUploads({ "a/:n": { authorize: "public", maxSize: 40 * mib } });
	const server = serve({ uploads });
	const token = await begin(server, null, "a/x");
	const parts = async (body: object) => server.post("parts", { token, ...body });
	expect((await parts({ first: 3, count: 1, lastSize: 8 * mib })).body["values"]).toEqual([
		String(8 * mib),
	]);
	expect((await parts({ first: 3, count: 1, lastSize: 8 * mib + 1 })).body.code).toBe("too-large");
	expect((await parts({ first: 3, count: 1 })).body.code).toBe("too-large");
	expect((await parts({ first: 2, count: 5 })).body["count"]).toBe(1);
	expect((await parts({ first: 1, count: 1, lastSize: 17 * mib })).body.code).toBe("invalid-size");
	expect((await parts({ first: 1, count: 2, lastSize: 5 })).body.code).toBe("invalid-request");
	expect((await parts({ first: 1, count: 1, lastSize: 0 })).body.code).toBe("invalid-request");
	const known = await begin(server, 20 * mib, "a/y");
	expect(
		(await server.post("parts", { token: known, first: 1, count: 1, lastSize: 5 })).body.code,
	).not.toBe(undefined);
});

test("parts are signed for one of the provider's host names where the client has left another", async () => {
	const provider = { ...memoryProvider(), hosts: 2 };
	const server = serve({ provider });
	const token = await begin(server, 50 * mib);
	const wanted: unknown[] = [];
	const { signParts } = provider;
	provider.signParts = (ref, range, options) => {
		wanted.push(options.host);
		return signParts(ref, range, options);
	};
	const parts = async (host: unknown) => server.post("parts", { token, first: 1, count: 1, host });
	for (const host of [undefined, 0, 1]) expect((await parts(host)).status).toBe(200);
	expect(wanted).toEqual([undefined, 0, 1]);
	for (const host of [2, -1, 0.5, "0", null]) {
		expect(await parts(host)).toMatchObject({ status: 400, body: { code: "invalid-request" } });
	}
	const single = serve();
	const other = await begin(single);
	const request = { token: other, first: 1, count: 1 };
	expect((await single.post("parts", { ...request, host: 0 })).status).toBe(200);
	expect((await single.post("parts", { ...request, host: 1 })).status).toBe(400);
});
