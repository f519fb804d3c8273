import * as v from "valibot";
import { afterEach, expect, test, vi } from "vitest";
import { UploadError } from "../../src/errors.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { createBody, type Server, serve } from "../support/call.js";
import { abilities, memoryProvider } from "../support/memory-provider.js";

const mib = 2 ** 20;
const size = 40 * mib;
const sizes = [16 * mib, 16 * mib, 8 * mib];

afterEach(() => {
	vi.useRealTimers();
});

/** Begins a multipart upload; returns its token. */
async function begin(server: Server): Promise<string> {
	const { body } = await server.post("", createBody("files/a", size, { multipart: true }));
	return body["token"] as unknown as string;
}

/** Keeps outcomes as a store of the user would. */
function memoryCompletions() {
	const outcomes = new Map<string, object>();
	return {
		get: async (id: string) => outcomes.get(id),
		set: async (id: string, outcome: object) => void outcomes.set(id, outcome),
	};
}

test("a rejection whose deletion failed is tried again, although outcomes are recorded", async () => {
	vi.spyOn(console, "error").mockImplementation(() => undefined);
	const uploads = defineUploads({
		"a/:n": { authorize: "public", key: () => "a/x", onComplete: ({ reject }) => reject("no") },
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

test("a rejection holds when somebody else's object has taken the key meanwhile, and leaves that alone", async () => {
	const uploads = defineUploads({
		"a/:n": { authorize: "public", key: () => "a/x", onComplete: ({ reject }) => reject("no") },
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

test("repeats that overlap, as after a 202, get the outcome that was recorded first", async () => {
	let runs = 0;
	const waiting: (() => void)[] = [];
	const uploads = defineUploads({
		"a/:n": {
			authorize: "public",
			onComplete: async () => {
				const id = ++runs;
				await new Promise<void>((resolve) => waiting.push(resolve));
				return { id };
			},
		},
	});
	const server = serve({ uploads, completions: memoryCompletions() });
	const { body } = await server.post("", createBody("a/x", 5));
	server.provider.storeObject("a/x", 5, body["uploadId"]);
	const complete = async () =>
		(await server.post("complete", { token: body["token"] })).body["data"];
	const both = [complete(), complete()];
	await vi.waitFor(() => expect(waiting).toHaveLength(2));
	waiting[1]?.();
	expect(await both[1]).toEqual({ id: 2 });
	waiting[0]?.();
	expect(await both[0]).toEqual({ id: 2 });
	expect(await complete()).toEqual({ id: 2 });
});

test("parts that are stored with another checksum are checksum-mismatch, by number", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.listParts = async () => ({
		parts: sizes.map((bytes, i) => ({
			partNumber: i + 1,
			size: bytes,
			receipt: '"x"',
			checksum: { algorithm: "crc32", value: i === 1 ? "AAAAAQ==" : "AAAAAA==" },
		})),
	});
	const parts = sizes.map((_, i) => ({
		partNumber: i + 1,
		checksum: { algorithm: "crc32", value: "AAAAAA==" },
	}));
	expect(await server.post("complete", { token, parts })).toMatchObject({
		status: 422,
		body: { code: "checksum-mismatch", errors: [{ partNumber: 2 }] },
	});
	expect(server.provider.calls).not.toContain("completeMultipart");
});

test("a caller who is slow to authorize gets the 202 in time, too", async () => {
	let slow = false;
	const uploads = defineUploads({
		"files/*path": {
			authorize: () =>
				slow ? new Promise((resolve) => setTimeout(() => resolve(true), 10_000)) : true,
		},
	});
	const server = serve({ uploads });
	const token = await begin(server);
	server.provider.before = () => new Promise<void>(() => undefined);
	slow = true;
	vi.useFakeTimers();
	const pending = server.post("complete", { token });
	await vi.advanceTimersByTimeAsync(24_999);
	vi.useRealTimers();
	expect(await pending).toMatchObject({ status: 202 });
});

test("a type that the storage could not bind is checked when the upload is completed", async () => {
	const provider = memoryProvider({
		...abilities,
		enforce: { ...abilities.enforce, contentType: "none" },
	});
	const uploads = defineUploads({ "a/:n": { authorize: "public", contentTypes: ["image/*"] } });
	const server = serve({ provider, uploads });
	const { body } = await server.post("", createBody("a/x", 5, { contentType: "image/png" }));
	expect(body["confirm"]).toBe(true);
	provider.storeObject("a/x", 5, body["uploadId"]);
	// a storage that tells no type has stored no image
	expect((await server.post("complete", { token: body["token"] })).body.code).toBe(
		"unsupported-type",
	);
	const stored = provider.objects.get("a/x");
	for (const [contentType, code] of [
		["text/html", "unsupported-type"],
		["image/png", undefined],
	] as const) {
		if (stored) provider.objects.set("a/x", { ...stored, contentType });
		expect((await server.post("complete", { token: body["token"] })).body.code).toBe(code);
	}
});

test("a rejected object is not deleted unseen where the commit told no etag", async () => {
	const uploads = defineUploads({
		"a/:n": {
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
				note: v.optional(v.string()),
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
