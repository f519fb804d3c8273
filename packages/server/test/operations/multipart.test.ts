import { afterEach, expect, test, vi } from "vitest";
import { UploadError } from "../../src/errors.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import type { CompleteInput } from "../../src/uploads/rule.js";
import { createBody, type Server, serve } from "../support/call.js";
import { abilities, memoryProvider } from "../support/memory-provider.js";

const mib = 2 ** 20;
const size = 40 * mib;
const sizes = [16 * mib, 16 * mib, 8 * mib];

afterEach(() => {
	vi.useRealTimers();
});

/** Begins a multipart upload; returns its token. */
async function begin(
	server: Server,
	total: number | null = size,
	key = "files/a",
): Promise<string> {
	const { body } = await server.post("", createBody(key, total, { multipart: true }));
	return body["token"] as unknown as string;
}

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

test("a receipt of another content than is stored names its part", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.storeParts("upload-1", sizes);
	const parts = [
		{ partNumber: 1, receipt: '"1"' },
		{ partNumber: 2, receipt: '"stale"' },
	];
	expect(await server.post("complete", { token, parts })).toMatchObject({
		body: { code: "invalid-parts", errors: [{ partNumber: 2 }] },
	});
});

test("an unknown length is checked when it is told: total, parts and the rule's limit", async () => {
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

test("the size a token seals cannot be changed at completion", async () => {
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
	"%s from the commit of an own object is success: the stamp decides",
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

test("an object that stood in the way and went is no end: complete is repeated, with the same parts", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.storeParts("upload-1", sizes);
	server.provider.storeObject("files/a", 3, "somebody else's stamp");
	server.provider.before = (method) => {
		if (method === "head") server.provider.objects.clear();
	};
	expect(await server.post("complete", { token })).toMatchObject({
		status: 409,
		body: { code: "conflict" },
	});
	expect(await server.post("complete", { token })).toMatchObject({ status: 200, body: { size } });
});

test("a gone upload without an object is upload-not-found", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.begun.clear();
	expect(await server.post("complete", { token })).toMatchObject({
		status: 404,
		body: { code: "upload-not-found" },
	});
});

test("an ambiguous end that the server may not look at is conflict, never success", async () => {
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

test("a storage that fails plainly is not mistaken for an ambiguous end", async () => {
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

test("a stored checksum that differs from the client's is checksum-mismatch", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.begun.clear();
	server.provider.head = async (key) => ({
		key,
		size,
		uploadId: JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()).u.uploadId,
		checksums: [{ algorithm: "crc32", value: "AAAAAA==" }],
	});
	const checksum = { algorithm: "crc32", value: "AAAAAQ==" };
	expect(await server.post("complete", { token, checksum })).toMatchObject({
		status: 422,
		body: { code: "checksum-mismatch" },
	});
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
	await vi.waitFor(() => expect(server.provider.objects.has("files/a")).toBe(true));
	expect((await server.post("complete", { token })).status).toBe(200);
});

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
		signing: { cost: "remote", maxExpiresIn: 43_200 },
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
	const known = await begin(server, 20 * mib, "a/y");
	expect(
		(await server.post("parts", { token: known, first: 1, count: 1, lastSize: 5 })).body.code,
	).not.toBe(undefined);
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
	vi.setSystemTime(Date.now() + 31 * 86_400_000);
	expect((await server.post("list", { token })).body.code).toBe("token-expired");
});

test("a token is good for its own principal, bucket and a rule that still stands", async () => {
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
		expect((await elsewhere.post(operation, call, "7")).body.code).toBe("forbidden");
		expect((await serve().post(operation, call, "7")).body.code).toBe("forbidden");
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

test("abort frees the parts, is safe to repeat, and never deletes a committed object", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.storeParts("upload-1", sizes);
	await server.post("complete", { token });
	for (let i = 0; i < 2; i++) {
		expect(await server.post("abort", { token })).toMatchObject({ status: 204, body: {} });
	}
	expect(server.provider.objects.has("files/a")).toBe(true);
	expect(server.provider.calls).not.toContain("delete");
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
	for (const operation of ["parts", "list"]) {
		expect((await server.post(operation, { token, first: 1, count: 1 })).body.code).toBe(
			"invalid-request",
		);
	}
	expect((await server.post("abort", { token })).status).toBe(204);
});

test("onComplete gets the whole story and its result reaches the client, on every repeat", async () => {
	const seen: CompleteInput<unknown>[] = [];
	const uploads = defineUploads({
		"a/:n": {
			authorize: "public",
			key: () => "a/made",
			onComplete: (input) => {
				seen.push(input);
				return { id: seen.length };
			},
		},
	});
	const outcomes = new Map<string, object>();
	const completions = {
		get: async (id: string) => outcomes.get(id),
		set: async (id: string, outcome: object) => void outcomes.set(id, outcome),
	};
	for (const store of [{}, { completions }]) {
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

test("a rejection that was recorded stays one after its object is gone", async () => {
	const uploads = defineUploads({
		"a/:n": { authorize: "public", key: () => "a/x", onComplete: ({ reject }) => reject("no") },
	});
	const outcomes = new Map<string, object>();
	const server = serve({
		uploads,
		completions: {
			get: async (id) => outcomes.get(id),
			set: async (id, o) => void outcomes.set(id, o),
		},
	});
	const { body } = await server.post("", createBody("a/x", 5));
	server.provider.storeObject("a/x", 5, body["uploadId"]);
	for (let i = 0; i < 2; i++) {
		expect((await server.post("complete", { token: body["token"] })).body.code).toBe("rejected");
	}
});

test("an after beyond any part is refused before the storage sees it", async () => {
	const server = serve();
	const token = await begin(server);
	expect((await server.post("list", { token, after: 50_000 })).status).toBe(200);
	server.provider.calls.length = 0;
	for (const after of [50_001, 2 ** 53 - 1]) {
		expect(await server.post("list", { token, after })).toMatchObject({
			status: 400,
			body: { code: "invalid-request", errors: [{ field: "after" }] },
		});
	}
	expect(server.provider.calls).toEqual([]);
});
