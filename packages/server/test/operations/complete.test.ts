import { createHash } from "node:crypto";
import { afterEach, expect, test, vi } from "vitest";
import type { StoredPart } from "#protocol";
import { UploadError } from "../../src/errors.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { createBody, serve, silentLog } from "../support/call.js";
import { abilities, type MemoryProvider, memoryProvider } from "../support/memory-provider.js";
import { begin, mib, size, sizes } from "../support/multipart.js";

afterEach(() => {
	vi.useRealTimers();
});

test("all parts stored: complete commits them and answers with the object", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.storeParts("upload-1", sizes);
	expect(await server.post("complete", { token })).toMatchObject({
		status: 200,
		body: { key: "files/a", size, etag: expect.any(String) },
	});
});

test("a part that is missing, of a wrong size or beyond the end is named, and nothing is committed", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.storeParts("upload-1", [16 * mib, 5]);
	const answer = await server.post("complete", { token });
	expect(answer).toMatchObject({ status: 422, body: { code: "invalid-parts" } });
	expect(answer.body["errors"]).toMatchObject([{ partNumber: 2 }, { partNumber: 3 }]);
	server.provider.storeParts("upload-1", [...sizes, 7]);
	expect((await server.post("complete", { token })).body["errors"]).toMatchObject([
		{ partNumber: 4 },
	]);
	expect(server.provider.calls).not.toContain("completeMultipart");
});

const receiptsOf = (receipts: readonly string[]): string =>
	createHash("sha256")
		.update(receipts.map((receipt, i) => `${i + 1}:${receipt}\n`).join(""))
		.digest("base64");

test("a part that was replaced after the client had its receipt is found before the commit", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.storeParts("upload-1", sizes);
	const replaced = receiptsOf(['"1"', '"stale"', '"3"']);
	const answer = await server.post("complete", { token, receipts: replaced });
	expect(answer).toMatchObject({ status: 422, body: { code: "invalid-parts" } });
	expect(answer.body["errors"]).toBeUndefined();
	expect(server.provider.calls).not.toContain("completeMultipart");
	const receipts = receiptsOf(['"1"', '"2"', '"3"']);
	expect(await server.post("complete", { token, receipts })).toMatchObject({ status: 200 });
});

test("a response whose ETag has no quotes, where the list has them, is no other part", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.storeParts("upload-1", sizes);
	const replaced = await server.post("complete", { token, receipts: receiptsOf(["1", "2", "1"]) });
	expect(replaced).toMatchObject({ status: 422, body: { code: "invalid-parts" } });
	const receipts = receiptsOf(["1", "2", "3"]);
	expect(await server.post("complete", { token, receipts })).toMatchObject({ status: 200 });
});

/** A storage that refuses to join the parts, because the second one was replaced since they were listed. */
function replaceOnCommit(provider: MemoryProvider, times: number): void {
	const { listParts } = provider;
	let replaced = 0;
	provider.before = (method) => {
		if (method !== "completeMultipart" || replaced >= times) return;
		replaced++;
		throw new UploadError("invalid-parts", "One of the parts could not be found.");
	};
	provider.listParts = async (...input) => {
		const page = await listParts(...input);
		const rename = (part: StoredPart): StoredPart =>
			part.partNumber === 2 && replaced > 0 ? { ...part, receipt: `"late-${replaced}"` } : part;
		return { ...page, parts: page.parts.map(rename) };
	};
}

test("a part that is replaced between the list and the commit is listed again, once", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.storeParts("upload-1", sizes);
	replaceOnCommit(server.provider, 1);
	expect(await server.post("complete", { token })).toMatchObject({ status: 200, body: { size } });
	const commits = server.provider.calls.filter((call) => call === "completeMultipart");
	expect(commits).toHaveLength(2);

	const other = serve();
	const restarted = await begin(other);
	other.provider.storeParts("upload-1", sizes);
	replaceOnCommit(other.provider, 2);
	expect((await other.post("complete", { token: restarted })).body.code).toBe("invalid-parts");
});

test("a part that is replaced between the list and the commit differs from the client's receipts", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.storeParts("upload-1", sizes);
	replaceOnCommit(server.provider, 1);
	const request = { token, receipts: receiptsOf(['"1"', '"2"', '"3"']) };
	const answer = await server.post("complete", request);
	expect(answer).toMatchObject({ status: 422, body: { code: "invalid-parts" } });
	expect(answer.body["restart"]).toBeUndefined();
	const receipts = receiptsOf(['"1"', '"late-1"', '"3"']);
	expect(await server.post("complete", { token, receipts })).toMatchObject({ status: 200 });
});

test("an unknown length is checked at completion: total, parts and the rule's limit", async () => {
	const uploads = defineUploads({ "a/:n": { authorize: "public", maxSize: 40 * mib } });
	const server = serve({ uploads });
	const token = await begin(server, null, "a/x");
	server.provider.storeParts("upload-1", sizes);
	expect((await server.post("complete", { token })).body.code).toBe("invalid-size");
	expect((await server.post("complete", { token, size: size + 1 })).body.code).toBe("too-large");
	expect((await server.post("complete", { token, size: size - 1 })).body.code).toBe(
		"invalid-parts",
	);
	expect((await server.post("complete", { token, size })).status).toBe(200);
});

test("an unknown length that turns out to be 0 is told before the storage refuses a list of no parts", async () => {
	const server = serve();
	const token = await begin(server, null);
	expect(await server.post("complete", { token, size: 0 })).toMatchObject({
		status: 400,
		body: { code: "invalid-size", detail: expect.stringContaining("with size 0") },
	});
	expect(server.provider.calls).not.toContain("completeMultipart");
});

test("the size in a token cannot be changed at completion", async () => {
	const server = serve();
	const token = await begin(server);
	expect((await server.post("complete", { token, size: size - 1 })).body.code).toBe("invalid-size");
});

test("more than a thousand parts are listed page by page", async () => {
	const server = serve();
	const token = await begin(server, 2500 * 16 * mib);
	server.provider.storeParts(
		"upload-1",
		Array.from({ length: 2500 }, () => 16 * mib),
	);
	expect((await server.post("complete", { token })).status).toBe(200);
	expect(server.provider.calls.filter((call) => call === "listParts")).toHaveLength(3);
});

test("a listing whose pages do not advance ends", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.storeParts("upload-1", sizes);
	server.provider.listParts = async () => ({
		parts: sizes.map((bytes, i) => ({ partNumber: i + 1, size: bytes, receipt: '"x"' })),
		next: 0,
	});
	expect((await server.post("complete", { token })).status).toBe(200);
});

test("a repeat of complete after a lost answer is the same success", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.storeParts("upload-1", sizes);
	const first = await server.post("complete", { token });
	expect(await server.post("complete", { token })).toEqual(first);
});

test.each([["upload-not-found"], ["already-exists"], ["conflict"]] as const)(
	"%s from the commit is success where the object has this upload's id",
	async (code) => {
		const server = serve();
		const token = await begin(server);
		server.provider.storeParts("upload-1", sizes);
		// the commit happens, and its answer is lost or contradicts itself
		server.provider.after = (method) => {
			if (method === "completeMultipart") throw new UploadError(code, "as the storage said");
		};
		expect(await server.post("complete", { token })).toMatchObject({ status: 200, body: { size } });
	},
);

test("another object under the key is already-exists", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.storeParts("upload-1", sizes);
	server.provider.storeObject("files/a", size, "somebody else's stamp");
	expect(await server.post("complete", { token })).toMatchObject({
		status: 409,
		body: { code: "already-exists" },
	});
});

test("the parts of an upload that another object came before are freed, and nothing else is", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.storeParts("upload-1", sizes);
	server.provider.storeObject("files/a", 3, "somebody else's stamp");
	server.provider.before = (method) => {
		if (method === "abortMultipart") throw new UploadError("storage-unavailable", "slow down");
	};
	const whileBusy = await server.post("complete", { token });
	expect([whileBusy.body.code, server.provider.begun.size]).toEqual(["already-exists", 1]);
	server.provider.before = () => undefined;
	const again = await server.post("complete", { token });
	expect([again.body.code, server.provider.begun.size]).toEqual(["already-exists", 0]);
	expect(server.provider.objects.get("files/a")?.size).toBe(3);
});

test("an object that blocked the commit and went ends the upload: S3 refuses its parts for good", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.storeParts("upload-1", sizes);
	server.provider.storeObject("files/a", 3, "somebody else's stamp");
	server.provider.before = (method) => {
		if (method === "head") server.provider.objects.clear();
	};
	expect(await server.post("complete", { token })).toMatchObject({
		status: 404,
		body: { code: "upload-not-found" },
	});
	expect(server.provider.begun.size).toBe(0);
});

test("a write that came in between, and left nothing, is a conflict to be repeated with the same parts", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.storeParts("upload-1", sizes);
	server.provider.before = (method) => {
		if (method === "completeMultipart") throw new UploadError("conflict", "Another write.");
	};
	const answer = await server.post("complete", { token });
	expect(answer).toMatchObject({ status: 409, body: { code: "conflict" } });
	expect(answer.headers).toMatchObject({ "retry-after": "5" });
	server.provider.before = () => undefined;
	expect(await server.post("complete", { token })).toMatchObject({ status: 200, body: { size } });
});

test("where nothing is listed once it is committed, the object is looked for before parts are missed", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.listParts = async () => ({ parts: [] });
	expect(await server.post("complete", { token })).toMatchObject({
		status: 422,
		body: {
			code: "invalid-parts",
			errors: [{ partNumber: 1 }, { partNumber: 2 }, { partNumber: 3 }],
		},
	});
	server.provider.storeObject(
		"files/a",
		size,
		server.provider.begun.get("upload-1")?.spec.uploadId,
	);
	expect(await server.post("complete", { token })).toMatchObject({ status: 200, body: { size } });
	server.provider.storeObject("files/a", size, "somebody else's stamp");
	expect((await server.post("complete", { token })).body.code).toBe("already-exists");
	server.provider.before = (method) => {
		if (method === "head") throw new UploadError("forbidden", "No.");
	};
	expect((await server.post("complete", { token })).body.code).toBe("conflict");
});

test("an object that is to be replaced does not hide that the parts are missing", async () => {
	const server = serve({
		uploads: defineUploads({ "files/*path": { authorize: "public", overwrite: true } }),
	});
	const token = await begin(server);
	server.provider.storeObject("files/a", 5, "another upload");
	expect(await server.post("complete", { token })).toMatchObject({
		status: 422,
		body: { code: "invalid-parts" },
	});
});

test("a missing upload without an object is upload-not-found", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.begun.clear();
	expect(await server.post("complete", { token })).toMatchObject({
		status: 404,
		body: { code: "upload-not-found" },
	});
});

test("an ambiguous outcome is conflict where the server may not read the object", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.begun.clear();
	server.provider.before = (method) => {
		if (method === "head") throw new UploadError("forbidden", "no s3:GetObject");
	};
	expect(await server.post("complete", { token })).toMatchObject({
		status: 409,
		body: { code: "conflict" },
	});
});

test.each([true, false])(
	"a refusal that the client met is the log's reason, also where the server may not look: %s",
	async (mayLook) => {
		const log = silentLog();
		const server = serve({ log });
		const { token } = (await server.post("", createBody("files/a", 5))).body;
		server.provider.before = (method) => {
			if (method === "head" && !mayLook) throw new UploadError("forbidden", "no s3:GetObject");
		};
		const { body } = await server.post("complete", { token, refusal: "403 AccessDenied" });
		expect(body.code).toBe(mayLook ? "upload-not-found" : "conflict");
		expect(JSON.stringify(body)).not.toContain("AccessDenied");
		expect(log.lines).toMatchObject([
			{
				operation: "complete",
				reason: expect.stringMatching(/403 AccessDenied.*errors\/forbidden/),
			},
		]);
	},
);

test("a refusal may have a code with an underscore, as some storages have", async () => {
	const server = serve();
	const { token } = (await server.post("", createBody("files/a", 5))).body;
	const { body } = await server.post("complete", { token, refusal: "403 Access_Denied" });
	expect(body.code).toBe("upload-not-found");
});

test.each([7, "403 <b>", "none", `403 ${"A".repeat(65)}`])(
	"a refusal that is no status and code is refused: %s",
	async (refusal) => {
		const server = serve();
		const token = await begin(server);
		const answer = await server.post("complete", { token, refusal });
		expect(answer).toMatchObject({ status: 400, body: { code: "invalid-request" } });
		expect(answer.body["errors"]).toMatchObject([{ field: "refusal" }]);
	},
);

test("a clear failure of the storage is passed on without a HEAD", async () => {
	const server = serve();
	const token = await begin(server);
	for (const [code, status] of [
		["storage-error", 502],
		["storage-unavailable", 503],
	] as const) {
		server.provider.before = () => {
			throw new UploadError(code, "down", code === "storage-unavailable" ? { retryAfter: 3 } : {});
		};
		const answer = await server.post("complete", { token });
		expect(answer).toMatchObject({ status, body: { code } });
		expect(answer.headers["retry-after"]).toBe(code === "storage-unavailable" ? "3" : undefined);
	}
});

test("a commit that takes long answers 202 before the gateway cuts, and the next call finds the end", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.storeParts("upload-1", sizes);
	let release = (): void => undefined;
	server.provider.before = (method) =>
		method === "completeMultipart"
			? new Promise<void>((resolve) => (release = resolve))
			: undefined;
	vi.useFakeTimers();
	const pending = server.post("complete", { token });
	await vi.advanceTimersByTimeAsync(24_999);
	expect(await pending).toMatchObject({ status: 202, body: { state: "pending", retryAfter: 2 } });
	release();
	vi.useRealTimers();
	server.provider.before = () => undefined;
	await expect.poll(() => server.provider.objects.has("files/a")).toBe(true);
	expect((await server.post("complete", { token })).status).toBe(200);
});

test("a single upload's complete looks at the object and never trusts the client", async () => {
	const server = serve();
	const { body } = await server.post("", createBody("files/a", 5));
	const token = body["token"];
	expect((await server.post("complete", { token })).body.code).toBe("upload-not-found");
	server.provider.storeObject("files/a", 5, "another");
	expect((await server.post("complete", { token })).body.code).toBe("already-exists");
	server.provider.storeObject("files/a", 5, body["uploadId"]);
	expect(await server.post("complete", { token })).toMatchObject({
		status: 200,
		body: { key: "files/a", size: 5 },
	});
	const parts = await server.post("parts", { token, first: 1, count: 1 });
	expect(parts.body.code).toBe("invalid-request");
	expect((await server.post("abort", { token })).status).toBe(204);
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

test("a single upload with an encoding of its own is refused before onComplete, unless the rule names one", async () => {
	const onComplete = vi.fn(() => null);
	const uploads = defineUploads({
		"a/:n": { authorize: "public", onComplete },
		"b/:n": { authorize: "public", onComplete, contentEncoding: "gzip" },
	});
	const server = serve({ uploads });
	const complete = async (key: string, contentEncoding: string) => {
		const { body } = await server.post("", createBody(key, 5));
		server.provider.storeObject(key, 5, body["uploadId"]);
		const info = server.provider.objects.get(key);
		if (info) server.provider.objects.set(key, { ...info, contentEncoding });
		return server.post("complete", { token: body["token"] });
	};
	expect(await complete("a/x", "gzip")).toMatchObject({
		status: 415,
		body: { code: "unsupported-type" },
	});
	expect(onComplete).not.toHaveBeenCalled();
	for (const encoding of ["", "identity"]) {
		expect((await complete("a/y", encoding)).status).toBe(200);
	}
	expect((await complete("b/x", "gzip")).status).toBe(200);
});
