import { createHash } from "node:crypto";
import { expect, test, vi } from "vitest";
import type { Audit, AuditEvent } from "../src/audit-event.js";
import { UploadError } from "../src/errors.js";
import { defineUploads } from "../src/uploads/define-uploads.js";
import { createBody, serve, silentLog, tokenSecret } from "./support/call.js";
import { sizes } from "./support/multipart.js";

type Options = Parameters<typeof serve>[0];

/** A server whose events are kept. */
function audited(options: Options = {}) {
	const events: AuditEvent[] = [];
	const log = silentLog();
	const audit: Audit = (event) => {
		events.push(event);
	};
	return { ...serve({ audit, log, ...options }), events, log };
}

const hashOf = (query: string): string => createHash("sha256").update(query).digest("base64url");

const common = {
	v: 1,
	time: "2026-01-01T00:00:00.000Z",
	requestId: "request-1",
	provider: "memory",
};

test("one upload id leads from the plan to the completion, with who, what and where", async () => {
	vi.useFakeTimers({ now: Date.parse(common.time), toFake: ["Date"] });
	const server = audited();
	const size = sizes.reduce((sum, part) => sum + part);
	const { body } = await server.post("", createBody("files/a", size, { multipart: true }), "7");
	const { token, uploadId } = body as unknown as Record<"token" | "uploadId", string>;
	await server.post("parts", { token, first: 2, count: 2 }, "7");
	server.provider.storeParts("upload-1", sizes);
	await server.post("complete", { token }, "7");
	await server.post("abort", { token }, "7");
	vi.useRealTimers();
	const upload = {
		...common,
		uploadId,
		principal: { sub: "7", iss: "https://issuer.example" },
		key: "files/a",
		size,
	};
	const contentType = "application/octet-stream";
	expect(server.events).toEqual([
		{ ...upload, type: "issued", urlHash: hashOf("part=1&signature=16777216") },
		{ ...upload, type: "issued", contentType, urlHash: hashOf("part=2&signature=16777216") },
		{ ...upload, type: "completed", contentType },
		{ ...upload, type: "aborted", contentType },
	]);
});

test("plain URLs, downloads and deletes are events, and reading changes nothing", async () => {
	const server = audited();
	server.provider.storeObject("shared/a", 5);
	await server.get("key=files/a&size=5&contentType=text/plain");
	await server.send("GET", "/uploads/download", { query: "key=shared/a" });
	await server.send("GET", "/uploads/download", { query: "key=shared/a&redirect=true" });
	await server.post("status", { key: "shared/a" });
	await server.post("delete", { key: "shared/a" });
	const urlHash = hashOf("signature=secret");
	expect(server.events.map(({ v, time, requestId, provider, ...event }) => event)).toEqual([
		{ type: "issued", key: "files/a", size: 5, contentType: "text/plain", urlHash },
		{ type: "downloaded", key: "shared/a", urlHash },
		{ type: "downloaded", key: "shared/a", urlHash },
		{ type: "deleted", key: "shared/a" },
	]);
	expect(JSON.stringify(server.events)).not.toContain("secret");
});

test("every refusal is an event with the code and the request id of the log", async () => {
	const server = audited({
		hooks: {
			before: ({ requestedKey }) => {
				if (requestedKey === "files/no") throw new UploadError("rate-limited", "No.");
			},
		},
	});
	await server.post("", "{");
	await server.post("", createBody("avatars/7/a", 5));
	await server.post("", createBody("files/no", 5), "7");
	await server.post("list", { token: `e30.${"A".repeat(43)}` });
	await server.send("GET", "/uploads/rules", { query: "key=other/a", sub: "7" });
	const refused = server.events.map(({ type, code, requestId }) => [type, code, requestId]);
	expect(refused).toEqual([
		["refused", "invalid-request", "request-1"],
		["refused", "unauthenticated", "request-1"],
		["refused", "rate-limited", "request-1"],
		["refused", "token-expired", "request-1"],
		["refused", "forbidden", "request-1"],
	]);
	expect(server.log.lines.map(({ code }) => code)).toEqual(refused.map(([, code]) => code));
});

test("a call that asks for a digest first, one that is pending, and a failure are no events", async () => {
	const uploads = defineUploads({
		"a/:n": {
			authorize: "public",
			onComplete: () => {
				throw new Error("down");
			},
		},
	});
	const server = audited({ uploads });
	const checksums = { algorithms: ["crc32"], kinds: ["single", "digest"] };
	expect((await server.post("", createBody("a/x", 5, checksums))).body).toMatchObject({
		kind: "digest",
	});
	const { body } = await server.post("", createBody("a/x", 5));
	server.provider.storeObject("a/x", 5, body["uploadId"]);
	expect((await server.post("complete", { token: body["token"] })).status).toBe(500);
	expect(server.events.map(({ type }) => type)).toEqual(["issued"]);
});

test("an upload that onComplete rejects is rejected, also after its 202", async () => {
	vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
	const { promise, resolve } = Promise.withResolvers<void>();
	const uploads = defineUploads({
		"a/:n": {
			authorize: "public",
			onComplete: async ({ reject }) => {
				await promise;
				return reject("No cats today.");
			},
		},
	});
	const recorded = Promise.withResolvers<AuditEvent>();
	const server = serve({
		uploads,
		log: silentLog(),
		audit: (event) => {
			if (event.type !== "issued") recorded.resolve(event);
		},
	});
	const { body } = await server.post("", createBody("a/x", 5));
	server.provider.storeObject("a/x", 5, body["uploadId"]);
	const answer = server.post("complete", { token: body["token"] });
	await vi.advanceTimersByTimeAsync(24_000);
	expect((await answer).status).toBe(202);
	vi.useRealTimers();
	resolve();
	expect(await recorded.promise).toMatchObject({
		type: "rejected",
		code: "rejected",
		uploadId: body["uploadId"],
	});
});

test("the key of a server-made object stands in every event of its upload", async () => {
	const uploads = defineUploads({ "a/*n": { authorize: "public", key: () => "a/made" } });
	const server = audited({ uploads });
	const { body } = await server.post("", createBody("a/x", 5));
	server.provider.storeObject("a/made", 5, body["uploadId"]);
	await server.post("complete", { token: body["token"] });
	await server.post("abort", { token: body["token"] });
	expect(server.events.map(({ key }) => key)).toEqual(["a/made", "a/made", "a/made"]);
});

test("of the principal only subject and issuer are recorded", async () => {
	const principal = () => ({ sub: "7", iss: "https://id.example", accessToken: "secret" });
	const server = audited({ principal });
	await server.post("", createBody("files/a", 5));
	expect(server.events[0]?.principal).toEqual({ sub: "7", iss: "https://id.example" });
});

test("the answer waits for audit, and what it throws is logged and changes nothing", async () => {
	let ended = false;
	const server = audited({
		audit: async () => {
			await new Promise((resolve) => setImmediate(resolve));
			ended = true;
			throw new Error(`no disk for https://s3.example/a?X-Amz-Signature=secret and ${tokenSecret}`);
		},
	});
	const { status, body } = await server.post("", createBody("files/a", 5));
	expect({ status, ended }).toEqual({ status: 201, ended: true });
	expect(server.log.lines).toEqual([
		expect.objectContaining({
			level: "ERROR",
			requestId: "request-1",
			operation: "create",
			uploadId: body["uploadId"],
			reason: 'audit threw, so the event "issued" may be missing',
		}),
	]);
	expect(JSON.stringify(server.log.lines)).not.toMatch(/X-Amz-Signature=secret|0123456789abcdef/);
});
