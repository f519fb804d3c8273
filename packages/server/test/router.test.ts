import { expect, test, vi } from "vitest";
import { type ErrorCode, errorCodes, tokenLife } from "#protocol";
import { UploadError } from "../src/errors.js";
import { defineUploads } from "../src/uploads/define-uploads.js";
import { type Answer, createBody, serve, silentLog } from "./support/call.js";

const fail = (code: ErrorCode) => (): never => {
	throw new UploadError(code, "as the storage said");
};

/** Begins a multipart upload on a fresh server. */
async function begun(options: Parameters<typeof serve>[0] = {}) {
	const server = serve(options);
	const { body } = await server.post("", createBody("files/a", 2e7, { multipart: true }));
	return { server, token: body["token"] as unknown as string };
}

/** One way to each code that a caller can meet. */
const ways: Readonly<Record<Exclude<ErrorCode, "rate-limited">, () => Promise<Answer>>> = {
	"invalid-request": () => serve().post("", "{"),
	"invalid-key": () => serve().get("key=a//b"),
	"invalid-size": () => serve().post("", createBody("files/a", -1)),
	unauthenticated: () => serve().get("key=avatars/7/a.png&size=5"),
	"quota-exceeded": () => {
		const full = { reserve: async () => false, commit: vi.fn(), release: vi.fn() };
		return serve({ quota: full }).post("", createBody("files/a", 5));
	},
	forbidden: () => serve().get("key=avatars/7/a.png&size=5", "8"),
	"upload-not-found": async () => {
		const { server, token } = await begun();
		server.provider.begun.clear();
		return server.post("list", { token });
	},
	"not-found": () => serve().post("status", { key: "files/a" }),
	"method-not-allowed": () => serve().send("DELETE", "/uploads"),
	"already-exists": async () => {
		const { server, token } = await begun();
		server.provider.storeParts("upload-1", [2 ** 24, 2e7 - 2 ** 24]);
		server.provider.storeObject("files/a", 5);
		return server.post("complete", { token });
	},
	conflict: async () => {
		const { server, token } = await begun();
		server.provider.begun.clear();
		server.provider.head = async () => fail("forbidden")();
		return server.post("complete", { token });
	},
	"token-expired": async () => {
		const { server, token } = await begun();
		vi.useFakeTimers({ now: Date.now() + tokenLife * 1000 + 1000, toFake: ["Date"] });
		try {
			return await server.post("complete", { token });
		} finally {
			vi.useRealTimers();
		}
	},
	"too-large": () => serve().get("key=avatars/7/a.png&size=5000001&contentType=image/png", "7"),
	"unsupported-type": () => serve().get("key=avatars/7/a.png&size=5&contentType=text/html", "7"),
	"invalid-parts": async () => {
		const { server, token } = await begun();
		return server.post("complete", { token });
	},
	"checksum-mismatch": async () => {
		const { server, token } = await begun();
		server.provider.storeParts("upload-1", [2 ** 24, 2e7 - 2 ** 24]);
		server.provider.completeMultipart = async () => fail("checksum-mismatch")();
		return server.post("complete", { token });
	},
	rejected: async () => {
		const uploads = defineUploads({
			"a/:n": { authorize: "public", onComplete: ({ reject }) => reject("No cats today.") },
		});
		const server = serve({ uploads });
		const { body } = await server.post("", createBody("a/x", 5));
		server.provider.storeObject("a/x", 5, body["uploadId"]);
		return server.post("complete", { token: body["token"] });
	},
	internal: () => {
		const uploads = defineUploads({
			"a/:n": {
				authorize: () => {
					throw new Error("secret detail");
				},
			},
		});
		return serve({ uploads }).get("key=a/x");
	},
	unsupported: () => serve({ tokenSecret: false }).post("", createBody("files/a", 5)),
	"storage-error": () => {
		const server = serve();
		server.provider.before = fail("storage-error");
		return server.get("key=files/a");
	},
	"storage-unavailable": () => {
		const server = serve();
		server.provider.before = () => {
			throw new UploadError("storage-unavailable", "slow down", { retryAfter: 7 });
		};
		return server.get("key=files/a");
	},
};

test.each(Object.entries(ways))("%s answers as problem+json with its status", async (code, way) => {
	vi.spyOn(console, "error").mockImplementation(() => undefined);
	const { status, headers, body } = await way();
	const { title, status: expected } = errorCodes[code as ErrorCode];
	expect(body).toMatchObject({
		type: expect.stringContaining(code),
		title,
		status: expected,
		detail: expect.stringMatching(/.{3,}/),
		code,
		requestId: "request-1",
	});
	expect(status).toBe(expected);
	expect(headers).toMatchObject({
		"content-type": "application/problem+json",
		"cache-control": "no-store",
	});
	expect(JSON.stringify(body)).not.toMatch(/secret detail|signature=/);
	if (code === "storage-unavailable") expect(headers["retry-after"]).toBe("7");
});

test("the statuses are those of the contract", () => {
	const statuses = Object.fromEntries(
		Object.entries(errorCodes).map(([code, { status }]) => [code, status]),
	);
	expect(statuses).toEqual({
		"invalid-request": 400,
		"invalid-key": 400,
		"invalid-size": 400,
		unauthenticated: 401,
		forbidden: 403,
		"quota-exceeded": 403,
		"upload-not-found": 404,
		"not-found": 404,
		"method-not-allowed": 405,
		"already-exists": 409,
		conflict: 409,
		"token-expired": 410,
		"too-large": 413,
		"unsupported-type": 415,
		"invalid-parts": 422,
		"checksum-mismatch": 422,
		rejected: 422,
		"rate-limited": 429,
		internal: 500,
		unsupported: 501,
		"storage-error": 502,
		"storage-unavailable": 503,
	});
});

test("an unexpected failure exposes nothing to the caller, and no URL, token or credential to the log", async () => {
	const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
	const server = serve();
	const token = "A".repeat(60);
	server.provider.before = () => {
		throw new Error(
			`PUT https://bucket.s3.amazonaws.com/a?X-Amz-Signature=0123&X-Amz-Credential=AKIA failed, token ${token}, session IQoJb3JpZ2lu%2F%2F%2FwEaCXVzLWVhc3QtMSJHMEUCIQ for AKIAIOSFODNN7EXAMPLE`,
		);
	};
	const answer = await server.get("key=files/a");
	expect(answer).toMatchObject({ status: 500, body: { code: "internal" } });
	const said = JSON.stringify(answer.body) + log.mock.calls.flat().join();
	expect(said).not.toMatch(/X-Amz|AKIA|0123|IQoJ|wEaC/);
	expect(said).not.toContain(token);
	expect(log.mock.calls.flat().join()).toContain("request-1");
});

test.each(["rate-limited", "storage-unavailable"] as const)(
	"%s says when to try again, also where whoever threw it did not",
	async (code) => {
		vi.spyOn(console, "error").mockImplementation(() => undefined);
		const uploads = defineUploads({ "a/:n": { authorize: fail(code) } });
		expect((await serve({ uploads }).get("key=a/x")).headers["retry-after"]).toBe("1");
	},
);

test("a permission that the server's role lacks is logged as an error", async () => {
	const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
	const server = serve();
	expect((await server.get("key=avatars/7/a.png&size=5", "8")).status).toBe(403);
	expect(log).not.toHaveBeenCalled();
	server.provider.before = () => {
		throw new UploadError("forbidden", "Could not begin the upload.", {
			cause: Object.assign(new Error("no s3:PutObject"), { name: "AccessDenied" }),
		});
	};
	expect((await server.get("key=files/a")).status).toBe(403);
	expect(log.mock.calls.flat().join()).toMatch(/AccessDenied.*s3:PutObject/);
});

test("a page of another site posts only from an origin that cors lists, and the log names it", async () => {
	const log = silentLog();
	const cors = { origins: ["https://app.example", "https://*.apps.example"], credentials: true };
	const { send } = serve({ cors, log });
	const post = async (site: string, origin?: string): Promise<number> => {
		const headers = { "sec-fetch-site": site, ...(origin === undefined ? {} : { origin }) };
		const body = createBody("files/a", 5);
		return (await send("POST", "/uploads", { body, headers })).status;
	};
	for (const origin of ["https://app.example", "https://a.apps.example"]) {
		expect(await post("cross-site", origin)).toBe(201);
		expect(await post("same-site", origin)).toBe(201);
	}
	for (const site of ["same-origin", "none", ""]) expect(await post(site)).toBe(201);
	expect(log.lines).toEqual([]);
	for (const origin of ["https://evil.example", "https://a.b.apps.example", "null", undefined]) {
		expect(await post("cross-site", origin)).toBe(403);
		expect(await post("same-site", origin)).toBe(403);
		expect(log.lines.at(-1)).toMatchObject({ reason: expect.stringContaining(origin ?? "(none)") });
	}
	expect(
		(
			await send("GET", "/uploads", {
				query: "key=files/a",
				headers: { "sec-fetch-site": "cross-site" },
			})
		).status,
	).toBe(200);
});
