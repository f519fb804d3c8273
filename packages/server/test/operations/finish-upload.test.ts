import * as v from "valibot";
import { expect, test, vi } from "vitest";
import { memoryCompletions } from "../../src/completions.js";
import { UploadError } from "../../src/errors.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import type { CompleteInput } from "../../src/uploads/rule.js";
import { createBody, serve, silentLog } from "../support/call.js";
import { size, sizes } from "../support/multipart.js";

test("onComplete gets every detail, and its result reaches the client on every repeat", async () => {
	const seen: CompleteInput<unknown>[] = [];
	const uploads = defineUploads({
		"a/*n": {
			authorize: "public",
			key: () => "a/made",
			onComplete: (input) => {
				seen.push(input);
				return { id: seen.length };
			},
		},
	});
	for (const store of [{}, { completions: memoryCompletions() }]) {
		seen.length = 0;
		const server = serve({ uploads, ...store });
		const { body } = await server.post(
			"",
			createBody("a/x", 5, { contentType: "text/plain" }),
			"7",
		);
		server.provider.storeObject("a/made", 5, body["uploadId"]);
		const complete = async () =>
			(await server.post("complete", { token: body["token"] }, "7")).body["data"];
		expect(await complete()).toEqual({ id: 1 });
		expect(await complete()).toEqual({ id: "completions" in store ? 1 : 2 });
		expect(seen[0]).toMatchObject({
			uploadId: body["uploadId"],
			key: "a/made",
			size: 5,
			contentType: "text/plain",
			params: { n: "x" },
			principal: { sub: "7" },
			metadata: {},
		});
	}
});

test("an onComplete that throws is retryable and keeps the object", async () => {
	let failures = 1;
	const uploads = defineUploads({
		"a/:n": {
			authorize: "public",
			onComplete: () => {
				if (failures-- > 0) throw new Error("the database is away");
				return "saved";
			},
		},
	});
	const server = serve({ uploads });
	const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
	const { body } = await server.post("", createBody("a/x", 5));
	server.provider.storeObject("a/x", 5, body["uploadId"]);
	const call = { token: body["token"] };
	const first = await server.post("complete", call);
	expect(first).toMatchObject({ status: 500, body: { code: "internal" } });
	expect(JSON.stringify(first.body)).not.toContain("database");
	expect(log.mock.calls.flat().join()).toContain("the database is away");
	expect(server.provider.objects.has("a/x")).toBe(true);
	expect((await server.post("complete", call)).body["data"]).toBe("saved");
});

test.each([
	["deletes the object under a server-made key", { key: () => "a/x" }, false],
	["keeps it under a key the client chose, since deleting re-arms a leaked URL", {}, true],
])("reject answers 422 with its reason and %s", async (_what, rule, kept) => {
	const uploads = defineUploads({
		"a/:n": {
			authorize: "public" as const,
			...rule,
			onComplete: ({ reject }) => {
				try {
					reject("No cats today.");
				} catch {
					// a rejection holds even when it is caught
				}
			},
		},
	});
	const server = serve({ uploads });
	const { body } = await server.post("", createBody("a/x", 5));
	server.provider.storeObject("a/x", 5, body["uploadId"]);
	expect(await server.post("complete", { token: body["token"] })).toMatchObject({
		status: 422,
		body: { code: "rejected", detail: "No cats today." },
	});
	expect(server.provider.objects.has("a/x")).toBe(kept);
});

test.each([
	["no reason", undefined, "The server rejected the file."],
	["a number", 7, "7"],
	["an error", new TypeError("no cats"), "TypeError: no cats"],
])(
	"reject with %s, from code without types, is a rejection still",
	async (_what, reason: unknown, detail) => {
		const uploads = defineUploads({
			"a/:n": { authorize: "public", onComplete: ({ reject }) => reject(reason as string) },
		});
		const server = serve({ uploads });
		const { body } = await server.post("", createBody("a/x", 5));
		server.provider.storeObject("a/x", 5, body["uploadId"]);
		expect(await server.post("complete", { token: body["token"] })).toMatchObject({
			status: 422,
			body: { code: "rejected", detail },
		});
	},
);

test("a rejection that was recorded stays one after its object is gone", async () => {
	const uploads = defineUploads({
		"a/*n": { authorize: "public", key: () => "a/x", onComplete: ({ reject }) => reject("no") },
	});
	const server = serve({ uploads, completions: memoryCompletions() });
	const { body } = await server.post("", createBody("a/x", 5));
	server.provider.storeObject("a/x", 5, body["uploadId"]);
	for (let i = 0; i < 2; i++) {
		expect((await server.post("complete", { token: body["token"] })).body.code).toBe("rejected");
	}
});

test("a rejection whose deletion failed is tried again, although outcomes are recorded", async () => {
	vi.spyOn(console, "error").mockImplementation(() => undefined);
	const uploads = defineUploads({
		"a/*n": { authorize: "public", key: () => "a/x", onComplete: ({ reject }) => reject("no") },
	});
	const server = serve({ uploads, completions: memoryCompletions() });
	const { body } = await server.post("", createBody("a/x", 5));
	server.provider.storeObject("a/x", 5, body["uploadId"]);
	server.provider.before = (method) => {
		if (method === "delete") throw new UploadError("storage-unavailable", "slow down");
	};
	expect((await server.post("complete", { token: body["token"] })).status).toBe(503);
	server.provider.before = () => undefined;
	expect((await server.post("complete", { token: body["token"] })).body.code).toBe("rejected");
	expect(server.provider.objects.has("a/x")).toBe(false);
});

test("a rejection leaves another object alone that has taken the key meanwhile", async () => {
	const uploads = defineUploads({
		"a/*n": { authorize: "public", key: () => "a/x", onComplete: ({ reject }) => reject("no") },
	});
	const server = serve({ uploads });
	const { body } = await server.post("", createBody("a/x", 5));
	server.provider.storeObject("a/x", 5, body["uploadId"]);
	server.provider.before = (method) => {
		if (method === "delete") throw new UploadError("conflict", "The object has changed.");
	};
	expect((await server.post("complete", { token: body["token"] })).body.code).toBe("rejected");
	expect(server.provider.objects.has("a/x")).toBe(true);
});

test("a rejected object of a versioned bucket is deleted by its version, or hidden where that is refused", async () => {
	const uploads = defineUploads({
		"a/*n": { authorize: "public", key: () => "a/x", onComplete: ({ reject }) => reject("no") },
	});
	for (const isAllowed of [true, false]) {
		const log = silentLog();
		const server = serve({ uploads, log });
		const { head } = server.provider;
		server.provider.head = async (key) => {
			const found = await head(key);
			return found && { ...found, version: "v1" };
		};
		const deleted = vi.spyOn(server.provider, "delete");
		if (!isAllowed) deleted.mockRejectedValueOnce(new UploadError("forbidden", "Not allowed."));
		const { body } = await server.post("", createBody("a/x", 5));
		server.provider.storeObject("a/x", 5, body["uploadId"]);
		expect((await server.post("complete", { token: body["token"] })).body.code).toBe("rejected");
		expect(deleted.mock.calls[0]).toEqual(["a/x", { version: "v1" }]);
		expect(deleted).toHaveBeenCalledTimes(isAllowed ? 1 : 2);
		const kept = log.lines.filter(({ reason }) =>
			`${reason}`.startsWith("version v1 of a/x stays"),
		);
		expect(kept).toHaveLength(isAllowed ? 0 : 1);
		expect(server.provider.objects.has("a/x")).toBe(false);
	}
});

test("a rejected object without an etag is deleted only if it has this upload's id", async () => {
	const uploads = defineUploads({
		"a/*n": {
			authorize: "public",
			overwrite: true,
			key: () => "a/latest",
			onComplete: ({ reject }) => {
				// meanwhile somebody else's upload took the same key
				if (taken) server.provider.storeObject("a/latest", 7, "another stamp");
				reject("no");
			},
		},
	});
	let taken = true;
	const server = serve({ uploads });
	const { completeMultipart } = server.provider;
	server.provider.completeMultipart = async (...call) => {
		const { etag: _, ...info } = await completeMultipart(...call);
		return info;
	};
	const upload = async () => {
		const { body } = await server.post("", createBody("a/x", size, { multipart: true }));
		server.provider.storeParts([...server.provider.begun.keys()].at(-1) ?? "", sizes);
		return (await server.post("complete", { token: body["token"] })).body.code;
	};
	expect(await upload()).toBe("rejected");
	expect(server.provider.objects.get("a/latest")?.uploadId).toBe("another stamp");
	taken = false;
	expect(await upload()).toBe("rejected");
	expect(server.provider.objects.has("a/latest")).toBe(false);
});

test("onComplete gets metadata as the schema types it, the storage gets text", async () => {
	const uploads = defineUploads({
		"a/:n": {
			authorize: "public",
			metadata: v.object({
				seconds: v.pipe(v.unknown(), v.transform(Number), v.number()),
				hidden: v.boolean(),
				comment: v.optional(v.string()),
			}),
			onComplete: ({ metadata }) => ({ metadata, minutes: metadata.seconds / 60 }),
		},
	});
	const server = serve({ uploads });
	const signUpload = vi.spyOn(server.provider, "signUpload");
	const sent = { metadata: { seconds: "90", hidden: true } };
	const { body } = await server.post("", createBody("a/x", 5, sent));
	expect(signUpload.mock.calls[0]?.[0].metadata).toEqual({ seconds: "90", hidden: "true" });
	server.provider.storeObject("a/x", 5, body["uploadId"]);
	const done = await server.post("complete", { token: body["token"] });
	expect(done.body["data"]).toEqual({ metadata: { seconds: 90, hidden: true }, minutes: 1.5 });
});
