import * as v from "valibot";
import { expect, test, vi } from "vitest";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { serve } from "../support/call.js";
import { abilities, memoryProvider } from "../support/memory-provider.js";

test("GET ?key= answers with exactly the five members of the plain contract", async () => {
	const { status, body, headers } = await serve().get("key=files/a%20b.txt");
	expect(status).toBe(200);
	expect(body).toEqual({
		uploadURL: expect.stringMatching(/^https:/),
		key: "files/a b.txt",
		method: "PUT",
		headers: { "if-none-match": "*", "cache-control": "no-cache" },
		expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
	});
	expect(headers).toMatchObject({
		"cache-control": "no-store",
		"content-type": "application/json",
	});
});

test("headers are empty where overwriting is allowed and no type is bound, so that curl -T alone works", async () => {
	const uploads = defineUploads({ "a/:n": { authorize: "public", overwrite: true } });
	expect((await serve({ uploads }).get("key=a/x")).body["headers"]).toEqual({});
});

test("the type is bound when it is given or a rule lists types", async () => {
	const uploads = defineUploads({
		"any/:n": { authorize: "public", overwrite: true },
		"typed/:n": { authorize: "public", overwrite: true, contentTypes: ["text/*"] },
	});
	const { get } = serve({ uploads });
	expect((await get("key=any/x&contentType=text/html")).body["headers"]).toEqual({
		"content-type": "text/html",
	});
	expect((await get("key=typed/x&contentType=text/csv")).body["headers"]).toEqual({
		"content-type": "text/csv",
	});
	expect(await get("key=typed/x")).toMatchObject({
		status: 415,
		body: { code: "unsupported-type" },
	});
});

test("where size is limited GET requires it and checks it", async () => {
	const { get } = serve();
	const query = "key=avatars/7/a.png&contentType=image/png";
	expect(await get(query, "7")).toMatchObject({ status: 400, body: { code: "invalid-size" } });
	expect((await get(`${query}&size=5000000`, "7")).status).toBe(200);
	expect(await get(`${query}&size=5000001`, "7")).toMatchObject({
		status: 413,
		body: { code: "too-large" },
	});
	for (const size of ["-1", "1.5", "1e3", "abc", "", "99999999999999999999"]) {
		expect(await get(`${query}&size=${size}`, "7")).toMatchObject({
			status: 400,
			body: { code: "invalid-size" },
		});
	}
});

test("a rule that counts on completion answers 501, since plain URLs are never completed", async () => {
	const uploads = defineUploads({
		"done/:n": { authorize: "public", onComplete: () => 1 },
		"meta/:n": { authorize: "public", metadata: v.object({ a: v.string() }) },
		"optional/:n": {
			authorize: "public",
			metadata: v.optional(v.object({ a: v.string() }), { a: "x" }),
		},
	});
	const { get, provider } = serve({ uploads });
	expect(await get("key=done/x")).toMatchObject({ status: 501, body: { code: "unsupported" } });
	expect(await get("key=meta/x")).toMatchObject({ status: 501, body: { code: "unsupported" } });
	expect((await get("key=optional/x")).status).toBe(200);
	expect(provider.calls).toEqual(["signUpload"]);
});

test("metadata that a rule's schema adds by itself is stored, as POST does", async () => {
	const uploads = defineUploads({
		"a/:n": {
			authorize: "public",
			metadata: v.optional(v.object({ Origin: v.string() }), { Origin: "curl" }),
		},
	});
	const { get, provider } = serve({ uploads });
	const signUpload = vi.spyOn(provider, "signUpload");
	expect((await get("key=a/x")).status).toBe(200);
	expect(signUpload.mock.calls[0]?.[0]).toMatchObject({ metadata: { origin: "curl" } });
});

test("a limit that the storage cannot bind answers 501, not a URL without it", async () => {
	const provider = memoryProvider({
		...abilities,
		enforce: { singleSize: "none", partSize: "none", contentType: "none" },
	});
	const uploads = defineUploads({
		"size/:n": { authorize: "public", maxSize: "1 MB" },
		"type/:n": { authorize: "public", contentTypes: ["text/*"] },
	});
	const { get } = serve({ provider, uploads });
	expect((await get("key=size/x&size=5")).body.code).toBe("unsupported");
	expect((await get("key=type/x&contentType=text/csv")).body.code).toBe("unsupported");
});

test("GET follows the same rules as POST", async () => {
	const { get } = serve();
	expect((await get("key=other/a")).body.code).toBe("unauthenticated");
	expect((await get("key=other/a", "7")).body.code).toBe("forbidden");
	expect((await get("key=files/../a")).body.code).toBe("invalid-key");
	expect((await get("")).body.code).toBe("invalid-request");
	expect((await get("key=")).body.code).toBe("invalid-key");
	expect((await get("key=files/a&size=6000000000")).body.code).toBe("too-large");
});

test("a name given twice is refused, because gateways disagree on which counts", async () => {
	expect((await serve().get("key=files/a&key=files/b")).body).toMatchObject({
		code: "invalid-request",
	});
});

test("a query that is not UTF-8 is refused rather than signed for another key", async () => {
	expect((await serve().get("key=files/%FF")).body.code).toBe("invalid-request");
	expect((await serve().get("key=files/%E0%A4%A")).body.code).toBe("invalid-request");
});
