import { beforeEach, describe, expect, it, vi } from "vitest";
import { createClientFor } from "../fakes/client.js";
import {
	type Answers,
	createFakeEndpoint,
	multipartPlan,
	problem,
	singlePlan,
	windowOf,
} from "../fakes/endpoint.js";
import { type Attempt, createFakePlatform, stored } from "../fakes/platform.js";
import { bytes, failureOf } from "../fakes/values.js";

const file = bytes(20);
const inParts = { multipartThreshold: 1, concurrency: 1 };
const partOf = ({ url }: Attempt): number => Number(new URL(url).searchParams.get("part"));

const page = (body: string, headers: Record<string, string> = {}): Response =>
	new Response(body, { status: 200, headers: { "content-type": "text/html", ...headers } });

const etag = { etag: '"e"' };

/** Responses with a 2xx that no storage has to have given. */
const unclear: readonly (readonly [string, () => Response])[] = [
	["a 200 without a receipt, as of a captive portal", () => stored({})],
	["a 204 without a receipt", () => new Response(null, { status: 204 })],
	["a page, as of a single-page app", () => page("<html>Welcome</html>")],
	["a page with an entity tag of its own", () => page("<html>Sign in</html>", etag)],
	[
		"a page of XHTML with an entity tag",
		() => page("<html/>", { ...etag, "content-type": "application/xhtml+xml" }),
	],
	["a page whose type is in capitals", () => page("Hi", { ...etag, "content-type": "Text/HTML" })],
	["an empty entity tag", () => stored({ etag: '""' })],
	["a weak entity tag, as of a proxy that compresses", () => stored({ etag: 'W/"e"' })],
	["an entity tag that a proxy has sent twice", () => stored({ etag: '"e", "e"' })],
	["an entity tag that Apache marks as compressed", () => stored({ etag: '"e-gzip"' })],
	["a redirected response", () => Object.defineProperty(stored(), "redirected", { value: true })],
];

beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0));

describe("a single request", () => {
	it.each(unclear)("does not take %s for a receipt: the server looks", async (_, response) => {
		const platform = createFakePlatform(response);
		const api = createFakeEndpoint({ complete: () => ({ key: "k", size: 20, etag: '"s"' }) });
		const result = await createClientFor(platform).uploadFile(file, "a", api.options);
		expect(result).toMatchObject({ key: "k", etag: '"s"' });
		expect(platform.attempts).toHaveLength(1);
		expect(api.calls.complete).toHaveLength(1);
	});

	it.each(unclear)("names a stranger after %s, where nothing is stored", async (_, response) => {
		const platform = createFakePlatform(response);
		const api = createFakeEndpoint({ complete: () => problem(404, "upload-not-found") });
		const retry = { limit: 2 };
		const upload = createClientFor(platform).uploadFile(file, "a", { ...api.options, retry });
		const shown = new Set<string>();
		upload.subscribe(() => shown.add(upload.snapshot().error?.code ?? "nothing"));
		const error = await failureOf(upload);
		expect(error).toMatchObject({ code: "blocked", retryable: true });
		expect([...shown].filter((code) => code !== "nothing")).toEqual(["blocked"]);
		expect(error.message).toContain("https://storage.test");
		expect(platform.attempts).toHaveLength(3);
		expect(api.calls.abort).toEqual([]);
	});

	it("goes on once the stranger is gone", async () => {
		const platform = createFakePlatform(({ index }) => (index < 3 ? page("Sign in") : stored()));
		const api = createFakeEndpoint({ complete: () => problem(404, "upload-not-found") });
		const upload = createClientFor(platform).uploadFile(file, "a", api.options);
		expect(await upload).toMatchObject({ key: "stored-key", etag: '"e"' });
		expect(upload.report().events).toContainEqual(expect.objectContaining({ code: "blocked" }));
	});

	it("ends as undecided where the server may not look", async () => {
		const platform = createFakePlatform(() => stored({}));
		const api = createFakeEndpoint({ complete: () => problem(409, "conflict") });
		const upload = createClientFor(platform).uploadFile(file, "a", api.options);
		expect(await failureOf(upload)).toMatchObject({ code: "conflict" });
		expect(platform.attempts).toHaveLength(1);
	});

	it("takes an empty text/html with a receipt, as some storages answer", async () => {
		const api = createFakeEndpoint();
		const platform = createFakePlatform(() => page("", etag));
		await createClientFor(platform).uploadFile(file, "a", api.options);
		expect(api.calls.complete).toEqual([]);
	});

	it("takes any 2xx where the plan names no receipt", async () => {
		const plan = singlePlan();
		const request = { ...plan.request, receiptHeader: null };
		const api = createFakeEndpoint({ create: () => ({ ...plan, request }) });
		const platform = createFakePlatform(() => stored({}));
		const result = await createClientFor(platform).uploadFile(file, "a", api.options);
		expect(result).toMatchObject({ key: "stored-key" });
		expect(api.calls.complete).toEqual([]);
	});
});

describe("a part", () => {
	const listed = (...numbers: number[]): object => ({
		parts: numbers.map((partNumber) => ({ partNumber, size: 10, receipt: `"${partNumber}"` })),
	});
	const send = (response: (attempt: Attempt) => Response, answers: Answers) => {
		const platform = createFakePlatform(response);
		const api = createFakeEndpoint(answers);
		const options = { ...api.options, ...inParts, retry: { limit: 2 } };
		const upload = createClientFor(platform).uploadFile(bytes(40), "a", options);
		return { platform, api, upload };
	};

	it.each(unclear)("does not take %s for a receipt: the list tells, once", async (_, response) => {
		const { platform, api, upload } = send(response, { list: () => listed(1) });
		await upload;
		expect(platform.attempts.map(partOf)).toEqual([1, 2, 3, 4]);
		expect(api.calls.list).toHaveLength(1);
		expect(api.calls.complete[0]).not.toHaveProperty("receipts");
	});

	it.each(unclear)("names a stranger after %s, where nothing is listed", async (_, response) => {
		const { platform, api, upload } = send(response, { list: () => listed() });
		expect(await failureOf(upload)).toMatchObject({ code: "blocked", retryable: true });
		expect(platform.attempts.map(partOf)).toEqual([1, 1, 1]);
		expect(api.calls.abort).toEqual([]);
	});

	it("is looked for by its size, too", async () => {
		const parts = [{ partNumber: 1, size: 9 }];
		const { upload } = send(() => stored({}), { list: () => ({ parts }) });
		expect(await failureOf(upload)).toMatchObject({ code: "blocked" });
	});

	it("names a stranger who comes in the middle of an upload", async () => {
		const { platform, api, upload } = send(
			(attempt) => (attempt.index === 2 ? page("Sign in") : stored()),
			{ list: () => listed() },
		);
		await upload;
		expect(platform.attempts.map(partOf)).toEqual([1, 2, 3, 3, 4]);
		expect(api.calls.list).toEqual([{ token: "token-0", after: 2 }]);
		expect(api.calls.complete[0]).toHaveProperty("receipts");
	});

	it("takes no 412 for a taken key: a proxy may have answered", async () => {
		const { platform, upload } = send(
			({ index }) => (index === 0 ? new Response(null, { status: 412 }) : stored()),
			{ list: () => listed() },
		);
		await upload;
		expect(platform.attempts.map(partOf)).toEqual([1, 1, 2, 3, 4]);
	});

	it("takes any 2xx where the window names no receipt", async () => {
		const window = windowOf(1, 4, { receiptHeader: null });
		const { api, upload } = send(() => stored({}), {
			create: () => multipartPlan(40, { window }),
		});
		await upload;
		expect(api.calls.list).toEqual([]);
	});
});
