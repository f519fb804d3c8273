import { expect, test } from "vitest";
import type { AuditEvent } from "../../src/audit-event.js";
import { memoryOutcomes, type UploadOutcome } from "../../src/outcomes.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { createBody, type Server, serve } from "../support/call.js";
import { abilities, memoryProvider } from "../support/memory-provider.js";

const uploads = defineUploads({
	"files/*path": {
		authorize: "public",
		authorizeRead: "public",
		quarantine: true,
		acl: "public-read",
		tags: { team: "a" },
		storageClass: "GLACIER",
	},
	"made/*path": { authorize: "public", quarantine: true, key: () => "made/1" },
});

/** Begins an upload of 5 bytes, and stores them. */
async function upload({ post, provider }: Server, key = "files/a") {
	const { status, body } = await post("", createBody(key, 5));
	expect([status, body["code"]]).toEqual([201, undefined]);
	const { token, uploadId } = body as unknown as Record<"token" | "uploadId", string>;
	provider.storeObject(
		`.skyput/quarantine/${uploadId}`,
		5,
		uploadId,
		provider.signed.at(-1)?.metadata,
	);
	return { token, uploadId, plan: body };
}

const available: UploadOutcome = {
	state: "available",
	verdict: "clean",
	key: "files/a",
	size: 5,
	etag: '"final"',
	data: { id: 1 },
	time: "2026-01-01T00:00:00.000Z",
};

test("a file is stored in quarantine, while plan and token name its key", async () => {
	const server = serve({ uploads });
	const { plan, uploadId } = await upload(server);
	expect(plan).toMatchObject({ kind: "single", key: "files/a", confirm: "verdict" });
	const [spec] = server.provider.signed;
	expect(spec).toMatchObject({ key: `.skyput/quarantine/${uploadId}`, uploadId });
	// they would open the file to readers, or close it to scanners
	expect(spec).not.toHaveProperty("acl");
	expect(spec).not.toHaveProperty("tags");
	expect(spec).not.toHaveProperty("storageClass");
	const { body } = await server.post("", createBody("files/b", 2e8, { multipart: true }));
	expect(body).toMatchObject({ kind: "multipart", key: "files/b" });
	const [begun] = server.provider.begun.values();
	expect(begun?.spec.key).toBe(`.skyput/quarantine/${body["uploadId"]}`);
});

test("complete waits for the outcome, and then tells it", async () => {
	const outcomes = memoryOutcomes();
	const events: AuditEvent[] = [];
	const server = serve({ uploads, outcomes, audit: (event) => void events.push(event) });
	const { token, uploadId } = await upload(server);
	expect(await server.post("complete", { token })).toMatchObject({
		status: 202,
		body: { state: "pending", retryAfter: 1 },
	});
	expect((await server.post("status", { token })).body).toEqual({ state: "pending" });
	expect(await server.post("complete", { token, wait: false })).toMatchObject({
		status: 200,
		body: { key: "files/a", size: 5, available: false },
	});
	await outcomes.finish(uploadId, available);
	const done = {
		status: 200,
		body: { key: "files/a", etag: '"final"', available: true, data: { id: 1 } },
	};
	expect(await server.post("complete", { token })).toMatchObject(done);
	expect((await server.post("status", { token })).body).toEqual({ state: "available" });
	// the source is deleted once its URL has expired
	server.provider.objects.clear();
	expect(await server.post("complete", { token })).toMatchObject(done);
	expect(new Set(events.map((event) => event.uploadId ?? uploadId))).toEqual(new Set([uploadId]));
});

test("a rejected file ends complete with 422, and one that is held does not", async () => {
	const outcomes = memoryOutcomes();
	const server = serve({ uploads, outcomes });
	const first = await upload(server);
	const reason = "already-exists";
	await outcomes.finish(first.uploadId, { ...available, state: "rejected", reason });
	expect(await server.post("complete", { token: first.token })).toMatchObject({
		status: 422,
		body: { code: "rejected", detail: reason },
	});
	expect((await server.post("status", { token: first.token })).body).toEqual({
		state: "rejected",
		reason,
	});
	const second = await upload(server, "files/b");
	await outcomes.finish(second.uploadId, { ...available, state: "held", reason: "encrypted" });
	expect(await server.post("complete", { token: second.token })).toMatchObject({
		status: 200,
		body: { key: "files/b", available: false, reason: "encrypted" },
	});
	expect((await server.post("status", { token: second.token })).body).toEqual({
		state: "pending",
		reason: "encrypted",
	});
});

test("create looks at the key, also for small files, and two uploads of one key may be pending", async () => {
	const server = serve({ uploads, outcomes: memoryOutcomes() });
	await upload(server);
	await upload(server);
	server.provider.storeObject("files/a", 5);
	expect(await server.post("", createBody("files/a", 5))).toMatchObject({
		status: 409,
		body: { code: "already-exists" },
	});
	// whose content says nothing of an upload that is pending
	expect((await server.post("status", { key: "files/a" })).body).toEqual({ state: "available" });
});

test("plain URLs, and keys and metadata that are too long together, are refused", async () => {
	const server = serve({ uploads });
	expect(await server.get("key=files/a")).toMatchObject({ status: 501 });
	// each code unit takes six bytes
	const key = `files/${"ä".repeat(400)}`;
	expect(await server.post("", createBody(key, 5))).toMatchObject({
		status: 400,
		body: { code: "invalid-request", detail: expect.stringContaining("at most 1990") },
	});
});

test("a token says nothing once the rule has another opinion of quarantine", async () => {
	const provider = memoryProvider();
	const { token } = await upload(serve({ uploads, provider }));
	const changed = defineUploads({ "files/*path": { authorize: "public" } });
	const later = serve({ uploads: changed, provider });
	expect(await later.post("complete", { token })).toMatchObject({ status: 410 });
});

test("a storage where files cannot be promoted once and pinned is refused", () => {
	const copy = { createOnly: false, pinned: false, maxSize: 5e12 };
	const without = (extra: object) => () =>
		serve({ uploads, provider: memoryProvider({ ...abilities, ...extra }) });
	expect(without({ copy })).toThrow(
		/"files\/\*path" has quarantine, but copies .* refuse to overwrite/,
	);
	expect(without({ copy: { ...copy, createOnly: true, maxSize: 1000 } })).toThrow(
		/at most 1000 bytes/,
	);
	const provider = { ...memoryProvider(), unsignedHeaders: "denied-by-policy" } as const;
	expect(() => serve({ uploads, provider })).toThrow(/denies copies to the keys that sign URLs/);
	const made = defineUploads({
		"made/*path": { authorize: "public", quarantine: true, maxSize: 1e6, key: () => "made/1" },
	});
	expect(() =>
		serve({ uploads: made, provider: memoryProvider({ ...abilities, copy }) }),
	).not.toThrow();
});
