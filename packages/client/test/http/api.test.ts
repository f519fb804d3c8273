import ky from "ky";
import nock from "nock";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { normalizeOptions } from "../../src/check-options.js";
import { type Api, createApi } from "../../src/http/api.js";
import type { UploadFileOptions } from "../../src/options.js";
import { singlePlan } from "../fakes/endpoint.js";
import { createFakePlatform } from "../fakes/platform.js";
import { failureOf } from "../fakes/values.js";

const origin = "https://api.test";
const { signal } = new AbortController();
const request = { v: 1, key: "a", size: 1, kinds: ["single"] } as const;

const apiFor = (
	options: Partial<UploadFileOptions> = {},
	context: Partial<Parameters<typeof createApi>[0]> = {},
): Api => {
	const platform = createFakePlatform();
	const settings = normalizeOptions([{ endpoint: `${origin}/uploads`, ...options }], platform);
	return createApi({
		settings,
		platform,
		gate: { closed: false },
		setOnline: () => {},
		setRetrying: () => {},
		setError: () => {},
		trackRequest: (request) => request,
		addEvent: () => {},
		...context,
	});
};
const create = (api: Api = apiFor()): Promise<unknown> => api.create(request, signal, signal);

beforeAll(() => nock.disableNetConnect());
afterAll(() => {
	nock.enableNetConnect();
	nock.restore();
});
beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0));
afterEach(() => {
	vi.restoreAllMocks();
	expect(nock.pendingMocks()).toEqual([]);
	nock.cleanAll();
});

const problem = { "content-type": "application/problem+json" };

describe("a call to the endpoint", () => {
	it("is a POST of JSON with the caller's headers", async () => {
		nock(origin, { reqheaders: { authorization: "Bearer t", "content-type": "application/json" } })
			.post("/uploads", { ...request })
			.reply(201, { ...singlePlan() });
		const headers = { authorization: "Bearer t", "content-type": "text/html" };
		expect(await create(apiFor({ headers }))).toEqual(singlePlan());
	});

	it("names no type of a body where it has none, which body parsers refuse", async () => {
		nock(origin, { reqheaders: { authorization: "Bearer t" }, badheaders: ["content-type"] })
			.get("/uploads/download?key=a")
			.reply(200, { url: "https://storage.test/a" });
		const headers = { authorization: "Bearer t", "content-type": "text/html" };
		const { signal } = new AbortController();
		const sent = { path: "download", query: { key: "a" }, signal } as const;
		const reply = await apiFor({ headers }).request(["url"], sent);
		expect(reply).toEqual({ url: "https://storage.test/a" });
	});

	it("can be made by a ky instance that throws at no status and leaves retries to the client", async () => {
		nock(origin)
			.post("/uploads", { ...request })
			.reply(503);
		nock(origin)
			.post("/uploads", { ...request })
			.reply(409, { code: "key-taken", title: "t", detail: "d", status: 409 }, problem);
		const own = ky.create({ throwHttpErrors: false, retry: 0 });
		expect(await failureOf(create(apiFor({ fetch: own })))).toMatchObject({ code: "key-taken" });
	});

	it("asks a function for headers before every attempt", async () => {
		nock(origin, { reqheaders: { authorization: "1" } })
			.post("/uploads")
			.reply(503);
		nock(origin, { reqheaders: { authorization: "2" } })
			.post("/uploads")
			.reply(201, { ...singlePlan() });
		let asked = 0;
		await create(apiFor({ headers: async () => ({ authorization: String(++asked) }) }));
		expect(asked).toBe(2);
	});

	it("waits no longer for such a function than for an answer", async () => {
		let asked = 0;
		const headers = (): Promise<never> => {
			asked++;
			return new Promise(() => {});
		};
		const api = apiFor({ headers, stallTimeout: 5, retry: { networkLimit: 1 } });
		expect(await failureOf(create(api))).toMatchObject({ code: "timeout", retryable: true });
		expect(asked).toBe(2);
	});

	it("ends with the failure of such a function as its cause", async () => {
		const cause = new Error("signed out");
		const headers = (): Promise<never> => Promise.reject(cause);
		expect(await failureOf(create(apiFor({ headers })))).toMatchObject({
			code: "internal",
			retryable: false,
			cause,
		});
	});

	it("shows no header in an error about headers", async () => {
		const headers = { authorization: "Bearer hunter2\u{1F600}" };
		const error = await failureOf(create(apiFor({ headers })));
		expect(error.code).toBe("invalid-request");
		expect(`${error.stack} ${error.cause}`).not.toContain("hunter2");
	});

	it.each([
		["", "/complete"],
		["/", "/complete"],
		["/stage/up", "/stage/up/complete"],
		["/stage/up?code=1", "/stage/up/complete"],
		["/stage/up/", "/stage/up/complete/"],
		["/stage/up//?code=1#x", "/stage/up/complete/"],
	])("goes below the endpoint, and ends in a slash where that does: %s", async (endpoint, path) => {
		const query = endpoint.includes("?") ? { code: "1" } : {};
		nock(origin).post(path).query(query).reply(200, { key: "a", size: 1 });
		const api = apiFor({ endpoint: origin + endpoint });
		expect(await api.complete({ token: "t" }, signal)).toEqual({ key: "a", size: 1 });
	});

	it("takes a 204 for the answer of abort", async () => {
		nock(origin).post("/uploads/abort", { token: "t" }).reply(204);
		const api = apiFor();
		api.token = "t";
		expect(await api.abort(signal)).toBeUndefined();
	});
});

describe("errors of the endpoint", () => {
	it("keep code, sentence, details and request id of problem+json", async () => {
		const errors = [{ detail: "too short", field: "metadata.title" }];
		const body = { code: "invalid-request", detail: "Fix the metadata.", requestId: "r", errors };
		nock(origin).post("/uploads").reply(400, body, problem);
		expect(await failureOf(create())).toMatchObject({
			code: "invalid-request",
			message: "Fix the metadata.",
			status: 400,
			retryable: false,
			requestId: "r",
			errors,
		});
	});

	it("keep a code that only a newer server knows", async () => {
		nock(origin).post("/uploads").reply(418, { code: "teapot", detail: "Tea." }, problem);
		expect(await failureOf(create())).toMatchObject({ code: "teapot", retryable: false });
	});

	it.each([
		[400, "invalid-request"],
		[401, "unauthenticated"],
		[403, "forbidden"],
		[404, "not-found"],
		[409, "conflict"],
		[413, "invalid-request"],
		[501, "unsupported"],
	])("come from a gateway's bare %i as %s", async (status, code) => {
		nock(origin).post("/uploads").reply(status, { message: "Gateway" });
		expect(await failureOf(create())).toMatchObject({ code, status, retryable: false });
	});

	it.each([
		[429, "rate-limited"],
		[500, "internal"],
		[502, "internal"],
		[503, "storage-unavailable"],
		[504, "internal"],
	])("are retried at %i, and end as retryable %s", async (status, code) => {
		nock(origin).post("/uploads").times(3).reply(status, "<html>");
		const error = await failureOf(create(apiFor({ retry: { limit: 2 } })));
		expect(error).toMatchObject({ code, status, retryable: true });
	});

	it("obey Retry-After", async () => {
		nock(origin).post("/uploads").reply(429, "", { "retry-after": "1" });
		nock(origin)
			.post("/uploads")
			.reply(201, { ...singlePlan() });
		const timers = vi.spyOn(globalThis, "setTimeout");
		await create();
		expect(timers.mock.calls.map(([, milliseconds]) => milliseconds)).toContain(1_000);
	});

	it("are retried when no answer came, and end as network", async () => {
		const lost = Object.assign(new Error("reset"), { code: "ECONNRESET" });
		nock(origin).post("/uploads").times(3).replyWithError(lost);
		const error = await failureOf(create(apiFor({ retry: { networkLimit: 2 } })));
		expect(error).toMatchObject({ code: "network", retryable: true });
	});

	it.each([
		["a worker of Cloudflare", new Error("Network connection lost.")],
		["an emulated browser", new DOMException("The connection broke", "NetworkError")],
	])("are network failures in %s, whose fetch rejects with no TypeError", async (_, cause) => {
		const fetch = vi.fn(async () => {
			throw cause;
		});
		const api = apiFor({ fetch, retry: { networkLimit: 2 } });
		expect(await failureOf(create(api))).toMatchObject({ code: "network", retryable: true });
		expect(fetch).toHaveBeenCalledTimes(3);
	});

	it.each([
		"Failed to fetch",
		"Failed to fetch (api.test)",
		"network error",
		"NetworkError when attempting to fetch resource.",
		"Load failed",
		"The network connection was lost.",
		"The Internet connection appears to be offline.",
		"Network request failed",
		"Network request timed out",
		"fetch failed",
		"terminated",
		"Error in input stream",
		" A network error occurred.",
		"error sending request for url (https://api.test/uploads)",
	])("are network failures where a runtime says %j", async (message) => {
		const fetch = vi.fn(async () => {
			throw new TypeError(message);
		});
		const api = apiFor({ fetch, retry: { networkLimit: 1 } });
		expect(await failureOf(create(api))).toMatchObject({ code: "network", retryable: true });
		expect(fetch).toHaveBeenCalledTimes(2);
	});

	it("are not repeated after an error of the caller's own `fetch`", async () => {
		const cause = new TypeError("Cannot read properties of undefined (reading 'fetch')");
		const fetch = vi.fn(async () => {
			throw cause;
		});
		expect(await failureOf(create(apiFor({ fetch })))).toMatchObject({ code: "internal", cause });
		expect(fetch).toHaveBeenCalledTimes(1);
	});

	it("end with an upload that is aborted while they wait to be repeated", async () => {
		const upload = new AbortController();
		const reason = new Error("enough");
		const addEvent = vi.fn();
		const setRetrying = (at?: number): void => {
			if (at) upload.abort(reason);
		};
		// an empty body can be read twice
		const headers = { "retry-after": "1" };
		const fetch = vi.fn(async () => new Response(null, { status: 503, headers }));
		const api = apiFor({ fetch }, { addEvent, setRetrying });
		await expect(api.create(request, upload.signal, signal)).rejects.toBe(reason);
		expect(fetch).toHaveBeenCalledTimes(1);
		expect(addEvent).toHaveBeenCalledTimes(1);
	});

	it("end without a timer where no further attempt helps, since those of hidden pages come late", async () => {
		vi.useFakeTimers({ toFake: ["setTimeout"] });
		try {
			const fetch = async (): Promise<Response> => new Response("{}", { status: 403 });
			expect(await failureOf(create(apiFor({ fetch })))).toMatchObject({ code: "forbidden" });
		} finally {
			vi.useRealTimers();
		}
	});

	it("are a timeout when the answer stays out", async () => {
		const fetch = ({ signal }: Request): Promise<never> =>
			new Promise((_, reject) => {
				signal.addEventListener("abort", () => reject(signal.reason));
			});
		const api = apiFor({ fetch, stallTimeout: 3, retry: { networkLimit: 1 } });
		expect(await failureOf(create(api))).toMatchObject({ code: "timeout", retryable: true });
	});

	it("name the path behind a redirect that has no upload handler", async () => {
		nock(origin).post("/uploads").reply(301, "", { location: "/uploads/" });
		nock(origin).post("/uploads/").reply(405);
		const error = await failureOf(create());
		expect(error).toMatchObject({ code: "not-found", status: 405 });
		expect(error.message).toContain("POST /uploads/ at https://api.test (redirected) answered 405");
	});

	it("come through a redirect that keeps the method", async () => {
		nock(origin).post("/uploads").reply(308, "", { location: "/uploads/" });
		nock(origin)
			.post("/uploads/")
			.reply(409, { code: "already-exists", detail: "Taken." }, problem);
		expect(await failureOf(create())).toMatchObject({ code: "already-exists", message: "Taken." });
	});

	it.each([
		[401, "unauthenticated"],
		[403, "forbidden"],
		[413, "invalid-request"],
		[501, "unsupported"],
	])("of %i behind a redirect are told as that, not as the redirect", async (status, code) => {
		nock(origin).post("/uploads").reply(308, "", { location: "/uploads/" });
		nock(origin).post("/uploads/").reply(status);
		const error = await failureOf(create());
		expect(error).toMatchObject({ code, status });
		expect(error.message).not.toContain("redirects");
	});

	it("follow a redirect that keeps the method", async () => {
		nock(origin).post("/uploads").reply(308, "", { location: "/uploads/" });
		nock(origin)
			.post("/uploads/", { ...request })
			.reply(201, { ...singlePlan() });
		expect(await create()).toEqual(singlePlan());
	});

	it("are `invalid-request` for a page that is no upload handler, and name what may have sent it", async () => {
		nock(origin).post("/uploads").reply(200, "<html>Welcome</html>");
		const error = await failureOf(create());
		expect(error).toMatchObject({ code: "invalid-request", status: 200, retryable: false });
		expect(error.message).toMatch(
			/^POST \/uploads at https:\/\/api.test answered 200: .*HTML.*version/,
		);
	});
});

describe("a login that ends during an upload", () => {
	it("is renewed once by the headers function, and the upload goes on", async () => {
		const headers = vi.fn(() => ({ authorization: "Bearer" }));
		const api = apiFor({ headers });
		nock(origin).post("/uploads/list").reply(401, { message: "Unauthorized" });
		nock(origin).post("/uploads/list").reply(200, { parts: [] });
		expect(await api.call("list", {}, signal, "parts")).toEqual({ parts: [] });
		expect(headers).toHaveBeenCalledTimes(2);
		nock(origin).post("/uploads/list").twice().reply(401, { message: "Unauthorized" });
		expect(await failureOf(api.call("list", {}, signal, "parts"))).toMatchObject({
			code: "unauthenticated",
		});
		expect(headers).toHaveBeenCalledTimes(4);
	});

	it("is not renewed where the headers are always the same", async () => {
		nock(origin).post("/uploads/list").reply(401, { message: "Unauthorized" });
		const api = apiFor({ headers: { authorization: "Bearer" } });
		expect(await failureOf(api.call("list", {}, signal, "parts"))).toMatchObject({
			code: "unauthenticated",
		});
	});
});

describe("complete", () => {
	const complete = (api: Api = apiFor()): Promise<unknown> =>
		api.complete({ token: "t", receipts: "r" }, signal);

	it("waits and repeats while the server is at work", async () => {
		nock(origin).post("/uploads/complete").reply(202, { state: "pending", retryAfter: 1 });
		nock(origin).post("/uploads/complete").reply(200, { key: "a", size: 1 });
		const timers = vi.spyOn(globalThis, "setTimeout");
		expect(await complete()).toEqual({ key: "a", size: 1 });
		expect(timers.mock.calls.map(([, milliseconds]) => milliseconds)).toContain(1_000);
	});

	it.each([
		["conflict", 409],
		["conflict", 412],
	])("is repeated after an undecided %s (%i)", async (code, status) => {
		nock(origin).post("/uploads/complete").reply(status, { code, detail: "Undecided." }, problem);
		nock(origin).post("/uploads/complete").reply(200, { key: "a", size: 1 });
		expect(await complete()).toEqual({ key: "a", size: 1 });
	});

	it("is not repeated for a single request, of which only the right to look is missing", async () => {
		nock(origin)
			.post("/uploads/complete")
			.reply(409, { code: "conflict", detail: "May not look." }, problem);
		expect(await failureOf(apiFor().complete({ token: "t" }, signal))).toMatchObject({
			code: "conflict",
			message: "May not look.",
		});
	});

	it("is repeated after a lost answer", async () => {
		nock(origin).post("/uploads/complete").replyWithError(new Error("reset"));
		nock(origin).post("/uploads/complete").reply(200, { key: "a", size: 1 });
		expect(await complete()).toEqual({ key: "a", size: 1 });
	});

	it("is asked for once more where something else answered, and no more than that", async () => {
		nock(origin).post("/uploads/complete").twice().reply(403, "<title>Blocked</title>");
		expect(await failureOf(complete())).toMatchObject({ status: 403 });
		expect(nock.isDone()).toBe(true);
	});

	it("is not asked for again after a 401 that something else answered", async () => {
		nock(origin).post("/uploads/complete").reply(401, { message: "Unauthorized" });
		expect(await failureOf(complete())).toMatchObject({ code: "unauthenticated", status: 401 });
	});

	it.each([
		["already-exists", 409],
		["upload-not-found", 404],
		["rejected", 422],
		["invalid-parts", 422],
	])("is not repeated once the server has decided on %s", async (code, status) => {
		nock(origin).post("/uploads/complete").reply(status, { code, detail: "Decided." }, problem);
		expect(await failureOf(complete())).toMatchObject({ code, status });
	});
});
