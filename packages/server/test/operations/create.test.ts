import * as v from "valibot";
import { expect, test, vi } from "vitest";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { createBody, serve, tokenSecret } from "../support/call.js";
import { abilities, memoryProvider } from "../support/memory-provider.js";

const mib = 2 ** 20;

test("a file of up to 100,000,000 bytes gets a single plan and a larger one parts", async () => {
	const { post } = serve();
	const small = await post("", createBody("files/a", 100_000_000));
	expect(small).toMatchObject({
		status: 201,
		body: { v: 1, kind: "single", key: "files/a", confirm: false },
	});
	const large = await post("", createBody("files/a", 100_000_001));
	expect(large).toMatchObject({
		status: 201,
		body: { v: 1, kind: "multipart", size: 100_000_001, partSize: 16 * mib, partCount: 6 },
	});
	expect(large.body["window"]).toMatchObject({ first: 1, count: 6 });
});

test("the last part is signed with its own, shorter size", async () => {
	const { post } = serve();
	const { body } = await post("", createBody("files/a", 100_000_001));
	expect((body["window"] as unknown as { values: string[] }).values).toEqual([
		...Array.from({ length: 5 }, () => String(16 * mib)),
		String(100_000_001 - 5 * 16 * mib),
	]);
});

test("a client may ask for parts below the threshold, and for one request above it", async () => {
	const { post } = serve();
	expect((await post("", createBody("files/a", 5, { multipart: true }))).body["kind"]).toBe(
		"multipart",
	);
	expect((await post("", createBody("files/a", 2e8, { multipart: false }))).body["kind"]).toBe(
		"single",
	);
	// more than one request can carry
	expect((await post("", createBody("files/a", 6e9, { multipart: false }))).body["kind"]).toBe(
		"multipart",
	);
	// storages refuse multipart uploads without a part
	expect((await post("", createBody("files/a", 0, { multipart: true }))).body["kind"]).toBe(
		"single",
	);
});

test("a rule for small files always gives single plans", async () => {
	const { post } = serve();
	const body = createBody("avatars/7/a.png", 1000, { multipart: true, contentType: "image/png" });
	expect((await post("", body, "7")).body["kind"]).toBe("single");
});

test("a client that knows one kind gets it where the storage can, else 501", async () => {
	const { post } = serve();
	expect((await post("", createBody("files/a", 2e8, { kinds: ["single"] }))).body["kind"]).toBe(
		"single",
	);
	expect((await post("", createBody("files/a", 5, { kinds: ["multipart"] }))).body["kind"]).toBe(
		"multipart",
	);
	expect(
		await post("", createBody("files/a", 6e9, { kinds: ["single", "session"] })),
	).toMatchObject({
		status: 501,
		body: { code: "unsupported" },
	});
});

test("an unknown length gets parts whose size reaches the rule's limit, without a count", async () => {
	const uploads = defineUploads({
		"big/:n": { authorize: "public", maxSize: "1 TB" },
		"small/:n": { authorize: "public", maxSize: "10 MB" },
	});
	const { post } = serve({ uploads });
	const big = await post("", createBody("big/a", null));
	expect(big.body).toMatchObject({
		kind: "multipart",
		size: null,
		partCount: null,
		partSize: 100_000_000,
	});
	expect(big.body["window"]).toMatchObject({ first: 1, count: 32 });
	const small = await post("", createBody("small/a", null));
	// not even one full part is allowed: the client asks for the short one
	expect(small.body["window"]).toMatchObject({ first: 1, count: 0, values: [] });
});

test("the rule's part size is used, and grows where 10,000 parts would not do", async () => {
	const uploads = defineUploads({ "a/:n": { authorize: "public", partSize: "32 MiB" } });
	const { post } = serve({ uploads });
	expect((await post("", createBody("a/a", 1e9))).body["partSize"]).toBe(32 * mib);
	expect((await post("", createBody("a/a", 50e12))).body).toMatchObject({
		partCount: expect.any(Number),
	});
	expect(await post("", createBody("a/a", 50e12 + 1))).toMatchObject({
		status: 413,
		body: { code: "too-large" },
	});
});

test("a server-made key comes back, is sealed, and must match its own pattern with the same params", async () => {
	const uploads = defineUploads({
		"videos/:user/*path": {
			authorize: "public",
			key: ({ params }) => `videos/${params.user}/made`,
		},
		"escape/:name": { authorize: "public", key: () => "videos/other/made" },
		"climb/:name": { authorize: "public", key: () => "climb/.." },
		"files/:user/*path": { authorize: "public", key: ({ params }) => `files/${params.path}` },
		"one/:name": { authorize: "public", key: () => "one/other" },
	});
	const { post } = serve({ uploads });
	expect((await post("", createBody("videos/7/x.mp4", 5))).body["key"]).toBe("videos/7/made");
	// files/7/8/secret would be the folder of user 8
	for (const key of ["escape/x", "climb/x", "files/7/8/secret", "one/x"]) {
		expect(await post("", createBody(key, 5))).toMatchObject({
			status: 500,
			body: { code: "internal" },
		});
	}
});

test("a checksum is signed where the storage verifies its algorithm, and others are ignored", async () => {
	const { post } = serve();
	const checksums = [
		{ algorithm: "blake3", value: "whatever" },
		{ algorithm: "sha256", value: Buffer.alloc(32).toString("base64") },
		{ algorithm: "crc32", value: "AAAAAQ==" },
	];
	const { body } = await post("", createBody("files/a", 5, { checksums }));
	expect((body["request"] as unknown as { headers: object }).headers).toMatchObject({
		"x-checksum-crc32": "AAAAAQ==",
	});
});

test("metadata is parsed by the schema, and a plan requires confirmation where the rule has onComplete", async () => {
	const uploads = defineUploads({
		"a/:n": {
			authorize: "public",
			metadata: v.object({ title: v.pipe(v.string(), v.trim()) }),
			onComplete: () => "done",
		},
	});
	const { post } = serve({ uploads });
	const good = await post("", createBody("a/x", 5, { metadata: { title: "  hello " } }));
	expect(good).toMatchObject({ status: 201, body: { confirm: true } });
	expect(await post("", createBody("a/x", 5, { metadata: { title: 5 } }))).toMatchObject({
		status: 400,
		body: { code: "invalid-request", errors: [{ field: "metadata.title" }] },
	});
	expect((await post("", createBody("a/x", 5))).status).toBe(400);
});

test("nothing is open by default: no rule, no authorize, and authorize that says no", async () => {
	const { post, provider } = serve();
	const type = { contentType: "image/png" };
	for (const [key, sub, code] of [
		["other/a", undefined, "unauthenticated"],
		["other/a", "7", "forbidden"],
		["closed/a", undefined, "unauthenticated"],
		["closed/a", "7", "forbidden"],
		["avatars/7/a.png", undefined, "unauthenticated"],
		["avatars/7/a.png", "8", "forbidden"],
	] as const) {
		expect((await post("", createBody(key, 5, type), sub)).body.code).toBe(code);
	}
	expect(provider.calls).toEqual([]);
	expect((await post("", createBody("avatars/7/a.png", 5, type), "7")).status).toBe(201);
});

test("an authorize that returns a truthy value other than true refuses the upload", async () => {
	const uploads = defineUploads({ "a/:n": { authorize: (() => "yes") as never } });
	expect((await serve({ uploads }).post("", createBody("a/x", 5), "7")).body.code).toBe(
		"forbidden",
	);
});

test("a caller who may not write learns neither the size limit nor the accepted types", async () => {
	const { post } = serve();
	expect((await post("", createBody("avatars/7/a.png", 9e9), "8")).body.code).toBe("forbidden");
	expect(
		(await post("", createBody("avatars/7/a.png", 5, { contentType: "text/html" }), "8")).body.code,
	).toBe("forbidden");
});

test("size and type are checked before anything is signed", async () => {
	const { post, provider } = serve();
	expect(
		await post("", createBody("avatars/7/a.png", 5_000_001, { contentType: "image/png" }), "7"),
	).toMatchObject({
		status: 413,
		body: { code: "too-large" },
	});
	expect(
		await post("", createBody("avatars/7/a.svg", 5, { contentType: "text/html" }), "7"),
	).toMatchObject({
		status: 415,
		body: { code: "unsupported-type" },
	});
	expect(provider.calls).toEqual([]);
});

test.each([
	[{ v: 2, key: "files/a", size: 5 }, "invalid-request"],
	[{ v: 1, key: 5, size: 5 }, "invalid-request"],
	[{ v: 1, size: 5 }, "invalid-request"],
	[{ v: 1, key: "files/a" }, "invalid-size"],
	[{ v: 1, key: "files/a", size: -1 }, "invalid-size"],
	[{ v: 1, key: "files/a", size: 1.5 }, "invalid-size"],
	[{ v: 1, key: "files/a", size: 1e300 }, "invalid-size"],
	[{ v: 1, key: "files/a", size: "5" }, "invalid-size"],
	[{ v: 1, key: "files/../a", size: 5 }, "invalid-key"],
	[{ v: 1, key: "files/a", size: 5, kinds: [] }, "invalid-request"],
	[{ v: 1, key: "files/a", size: 5, kinds: "single" }, "invalid-request"],
	[{ v: 1, key: "files/a", size: 5, multipart: "yes" }, "invalid-request"],
	[{ v: 1, key: "files/a", size: 5, contentType: 7 }, "invalid-request"],
	[{ v: 1, key: "files/a", size: 5, contentType: "x" }, "invalid-request"],
	[{ v: 1, key: "files/a", size: 5, metadata: { a: "b" } }, "invalid-request"],
	[
		{ v: 1, key: "files/a", size: 5, checksums: [{ algorithm: "crc32", value: "AAAA" }] },
		"invalid-request",
	],
	[{ v: 1, key: "files/a", size: 5, checksums: [5] }, "invalid-request"],
	["[]", "invalid-request"],
	["null", "invalid-request"],
	["{", "invalid-request"],
	["", "invalid-request"],
	['{"v":1,"key":"files/a","size":5,"__proto__":{"overwrite":true}}', "invalid-request"],
	['{"v":1,"key":"files/a","size":5,"metadata":{"a":{"__proto__":1}}}', "invalid-request"],
])("create with %j answers %s before anything is signed", async (body, code) => {
	const { post, provider } = serve();
	const answer = await post("", body);
	expect(answer.body.code).toBe(code);
	expect(answer.status).toBe(400);
	expect(provider.calls).toEqual([]);
});

test("a rule that the storage cannot enforce throws when the handler is made, naming the pattern and the alternatives", () => {
	const provider = memoryProvider({
		...abilities,
		createOnly: { single: "enforced", multipart: "none" },
	});
	const table = (rule: object) =>
		defineUploads({ "a/:n": { authorize: "public" as const, ...rule } });
	const make = (rule: object, options: object = {}) =>
		serve({ provider, uploads: table(rule), ...options });
	expect(() => make({})).toThrow(/"a\/:n".*multipart.*key: .*overwrite: true.*100 MB/s);
	expect(() => make({ overwrite: true })).not.toThrow();
	expect(() => make({ key: () => "a/made" })).not.toThrow();
	expect(() => make({ maxSize: "100 MB" })).not.toThrow();
	expect(() => make({ maxSize: 100_000_001 })).toThrow(/multipart/);
	// without POST nothing is ever multipart
	expect(() => make({}, { tokenSecret: false })).not.toThrow();
	const nothing = memoryProvider({
		...abilities,
		createOnly: { single: "none", multipart: "none" },
	});
	expect(() =>
		serve({ provider: nothing, uploads: table({ maxSize: "1 MB" }), tokenSecret }),
	).toThrow(/single/);
});

test("an unknown length is refused where a multipart upload could overwrite", async () => {
	const provider = memoryProvider({
		...abilities,
		createOnly: { single: "enforced", multipart: "none" },
	});
	const uploads = defineUploads({ "a/:n": { authorize: "public", maxSize: "100 MB" } });
	expect(await serve({ provider, uploads }).post("", createBody("a/x", null))).toMatchObject({
		status: 501,
		body: { code: "unsupported" },
	});
});

test("without a token secret every POST says so and GET is served", async () => {
	const { get, post } = serve({ tokenSecret: false });
	const body = { ...createBody("files/a", 5), token: "x.y", first: 1, count: 1 };
	for (const operation of ["", "parts", "list", "complete", "abort", "delete", "status"]) {
		expect(await post(operation, body)).toMatchObject({
			status: 501,
			body: { code: "unsupported" },
		});
	}
	expect((await get("key=files/a")).status).toBe(200);
});

test("an upload whose first parts cannot be signed is not left behind", async () => {
	vi.spyOn(console, "error").mockImplementation(() => undefined);
	const { post, provider } = serve();
	provider.before = (method) => {
		if (method === "signParts") throw new Error("no credentials");
	};
	expect((await post("", createBody("files/a", 2e8))).status).toBe(500);
	expect(provider.begun.size).toBe(0);
});

test("a body that is nested too deep is refused, and brackets in its text are not counted", async () => {
	const { post } = serve();
	const nested = (levels: number): unknown => (levels === 0 ? "" : [nested(levels - 1)]);
	expect(await post("", createBody("files/a", 5, { extra: nested(33) }))).toMatchObject({
		status: 400,
		body: { code: "invalid-request", detail: "The body has more than 32 levels." },
	});
	const text = `\\"${"[{".repeat(100)}`;
	expect((await post("", createBody("files/a", 5, { extra: text }))).status).toBe(201);
});

test("a storage without URLs for whole files gets parts, an empty file none, and a plain URL is refused", async () => {
	const provider = memoryProvider({ ...abilities, single: { maxSize: 0 } });
	const { get, post } = serve({ provider });
	const small = await post("", createBody("files/a", 5));
	expect(small.body).toMatchObject({ kind: "multipart", size: 5, partCount: 1 });
	const empty = await post("", createBody("files/a", 0));
	expect(empty.body).toMatchObject({
		kind: "multipart",
		size: 0,
		partCount: 0,
		window: { count: 0 },
	});
	const { token } = empty.body;
	expect(await post("/complete", { token })).toMatchObject({ status: 200, body: { size: 0 } });
	const plain = await get("key=files/b&size=5");
	expect(plain).toMatchObject({ status: 501, body: { code: "unsupported" } });
});

test("parts whose token would be too long leave no upload open in the storage", async () => {
	const uploads = defineUploads({
		"a/*n": {
			authorize: "public",
			key: () => `a/${"k".repeat(1000)}`,
			metadata: v.object({ text: v.string() }),
		},
	});
	const { post, provider } = serve({ uploads });
	const metadata = { text: '"'.repeat(1900) };
	const request = createBody(`a/${"n".repeat(1000)}`, 2e8, { metadata });
	expect(await post("", request)).toMatchObject({ status: 400, body: { code: "invalid-request" } });
	expect(provider.calls).toContain("createMultipart");
	expect(provider.calls.at(-1)).toBe("abortMultipart");
});
