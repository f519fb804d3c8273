import { Readable } from "node:stream";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { UploadError } from "../src/errors.js";
import type { Upload, UploadState } from "../src/public-types.js";
import { createClientFor } from "./fakes/client.js";
import { createFakeEndpoint, planFor, problem, singlePlan } from "./fakes/endpoint.js";
import { connectionLost, createFakePlatform, refusal, stored } from "./fakes/platform.js";
import { bytes, eventually, failureOf } from "./fakes/values.js";

const file = bytes(95);
const inParts = { multipartThreshold: 1, concurrency: 2 };
/** Timers that pass by {@link minute} alone. */
// a clock that is held does not wait for code that is loaded on demand
beforeAll(() => import("../src/multipart/index.js"));
const holdTime = (): void => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
const minute = (): Promise<unknown> => vi.advanceTimersByTimeAsync(60_000);
const never = (): Promise<never> => new Promise(() => {});

const readable = (content: Uint8Array): Readable => Readable.from([content]);

const unhandled: unknown[] = [];
const onRejection = (reason: unknown): void => void unhandled.push(reason);

beforeEach(() => {
	vi.spyOn(Math, "random").mockReturnValue(0);
	unhandled.length = 0;
});
afterEach(() => {
	vi.useRealTimers();
	process.off("unhandledRejection", onRejection);
});

describe("abort", () => {
	it("rejects with the caller's reason and forgets the upload on the server", async () => {
		const reason = new Error("changed my mind");
		const api = createFakeEndpoint();
		const platform = createFakePlatform(never);
		const upload = createClientFor(platform).uploadFile(file, "a", { ...api.options, ...inParts });
		await eventually(() => platform.attempts.length === 2);
		upload.abort(reason);
		const error = await failureOf(upload);
		expect(error).toMatchObject({ code: "aborted", cause: reason, retryable: false });
		expect(api.calls.abort).toEqual([{ token: "token-0" }]);
		expect(upload.state).toBe("aborted");
		expect(platform.attempts).toHaveLength(2);
		expect(platform.closed()).toBe(1);
	});

	it("takes a signal, and removes its listener afterwards", async () => {
		const controller = new AbortController();
		const { signal } = controller;
		const remove = vi.spyOn(signal, "removeEventListener");
		const { uploadFile } = createClientFor(createFakePlatform());
		await uploadFile(file, "a", { ...createFakeEndpoint().options, signal });
		expect(remove).toHaveBeenCalled();

		const upload = uploadFile(file, "a", { ...createFakeEndpoint().options, signal });
		controller.abort();
		const error = await failureOf(upload);
		expect(error.code).toBe("aborted");
		expect(error.cause).toBe(signal.reason);
	});

	it("sends nothing when the signal is aborted already", async () => {
		const api = createFakeEndpoint();
		const platform = createFakePlatform();
		const upload = createClientFor(platform).uploadFile(file, "a", {
			...api.options,
			signal: AbortSignal.abort("no"),
		});
		expect(await failureOf(upload)).toMatchObject({ code: "aborted", cause: "no" });
		expect(api.requests).toHaveLength(0);
	});

	it("forgets what a create began that was answered after the abort", async () => {
		const answered = Promise.withResolvers<void>();
		const api = createFakeEndpoint({
			create: async (body) => {
				await answered.promise;
				return planFor(body);
			},
		});
		const upload = createClientFor(createFakePlatform()).uploadFile(file, "a", api.options);
		await eventually(() => api.calls.create.length === 1);
		upload.abort();
		expect((await failureOf(upload)).code).toBe("aborted");
		answered.resolve();
		await eventually(() => api.calls.abort.length === 1);
		expect(api.calls.abort).toEqual([{ token: "token-0" }]);
	});

	it("makes no other attempt to create", async () => {
		holdTime();
		const answer = Promise.withResolvers<Response>();
		const api = createFakeEndpoint({ create: () => answer.promise });
		const upload = createClientFor(createFakePlatform()).uploadFile(file, "a", api.options);
		await eventually(() => api.calls.create.length === 1);
		upload.abort();
		answer.resolve(problem(503, "storage-unavailable"));
		await minute();
		await failureOf(upload);
		expect(api.calls.create).toHaveLength(1);
	});

	it("ends a back-off at once", async () => {
		vi.spyOn(Math, "random").mockReturnValue(0.999);
		holdTime();
		const platform = createFakePlatform(() => Promise.reject(connectionLost()));
		const upload = createClientFor(platform).uploadFile(file, "a", createFakeEndpoint().options);
		await vi.waitUntil(() => vi.getTimerCount() > 0, { interval: 1, timeout: 240_000 });
		upload.abort();
		expect((await failureOf(upload)).code).toBe("aborted");
		expect(platform.attempts).toHaveLength(1);
	});

	it("ends the wait for a completion", async () => {
		const api = createFakeEndpoint({
			complete: () => Response.json({ state: "pending", retryAfter: 60 }, { status: 202 }),
		});
		const { uploadFile } = createClientFor(createFakePlatform());
		const upload = uploadFile(file, "a", { ...api.options, ...inParts });
		await eventually(() => upload.state === "completing");
		await eventually(() => api.calls.complete.length === 1);
		upload.abort();
		expect((await failureOf(upload)).code).toBe("aborted");
		expect(api.calls.abort).toHaveLength(1);
	});

	it("does not wait for a server that does not answer", async () => {
		const api = createFakeEndpoint({ abort: never });
		const platform = createFakePlatform(never);
		const upload = createClientFor(platform).uploadFile(file, "a", api.options);
		await eventually(() => platform.attempts.length === 1);
		upload.abort();
		expect((await failureOf(upload)).code).toBe("aborted");
		expect(api.calls.abort).toHaveLength(1);
	});

	it("closes the file although the headers function never returns", async () => {
		const platform = createFakePlatform();
		let calls = 0;
		const upload = createClientFor(platform).uploadFile(bytes(20), "a", {
			...createFakeEndpoint().options,
			...inParts,
			headers: () => (calls++ === 0 ? {} : never()),
		});
		await eventually(() => upload.state === "completing" && calls > 1);
		upload.abort();
		expect((await failureOf(upload)).code).toBe("aborted");
		await eventually(() => platform.closed() === 1);
	});

	it("gives its slot to the next upload although a read of the file never ends", async () => {
		holdTime();
		const platform = createFakePlatform();
		const unreadable = {
			size: 20,
			chunks: () => ({ [Symbol.asyncIterator]: () => ({ next: never }) }),
		};
		const open = vi.spyOn(platform, "openSource");
		open.mockResolvedValueOnce({ size: 20, slice: () => unreadable, close: async () => {} });
		const { options } = createFakeEndpoint();
		const client = createClientFor(platform).createClient({ ...options, concurrency: 1 });
		const upload = client.uploadFile(file, "first");
		const next = client.uploadFile(file, "next");
		await minute();
		expect(next.state).toBe("starting");
		upload.abort();
		await minute();
		expect((await failureOf(upload)).code).toBe("aborted");
		expect(await next).toMatchObject({ size: 95 });
	});

	it("does nothing once the upload is done", async () => {
		const api = createFakeEndpoint();
		const upload = createClientFor(createFakePlatform()).uploadFile(file, "a", api.options);
		await upload;
		upload.abort();
		upload.pause();
		expect(upload.state).toBe("done");
		expect(api.calls.abort).toHaveLength(0);
	});
});

describe("pause", () => {
	it("starts no new part, lets those in flight finish, and continues after resume", async () => {
		holdTime();
		const open: (() => void)[] = [];
		const platform = createFakePlatform(
			() => new Promise((resolve) => open.push(() => resolve(stored()))),
		);
		const upload = createClientFor(platform).uploadFile(file, "a", {
			...createFakeEndpoint().options,
			...inParts,
		});
		await eventually(() => open.length === 2);
		upload.pause();
		expect(upload.state).toBe("paused");
		for (const release of open) release();
		await minute();
		expect(platform.attempts).toHaveLength(2);
		expect(upload.state).toBe("paused");
		upload.resume();
		expect(upload.state).toBe("uploading");
		await eventually(() => {
			for (const release of open) release();
			return upload.state === "done";
		});
		expect(platform.attempts).toHaveLength(10);
	});

	it.each([
		["in parts", { ...inParts, concurrency: 1 }],
		["as a whole", {}],
	])("sends nothing again that failed meanwhile, %s", async (_, how) => {
		holdTime();
		const platform = createFakePlatform(({ index }) => {
			if (index > 0) return stored();
			upload.pause();
			throw connectionLost();
		});
		const upload = createClientFor(platform).uploadFile(file, "a", {
			...createFakeEndpoint().options,
			...how,
			retry: { networkLimit: 1 },
		});
		await eventually(() => upload.state === "paused");
		await minute();
		expect([upload.state, platform.attempts.length]).toEqual(["paused", 1]);
		upload.resume();
		await minute();
		expect(await upload).toMatchObject({ size: 95 });
	});

	it.each([
		["a file in parts", () => file, inParts],
		["a small file", () => file, {}],
		["a stream", () => readable(file), {}],
	])("begins nothing: %s", async (_, open, how) => {
		holdTime();
		const api = createFakeEndpoint();
		const input = open();
		const upload = createClientFor(createFakePlatform()).uploadFile(input, "a", {
			...api.options,
			...how,
		});
		upload.pause();
		await minute();
		expect([upload.state, api.requests.length]).toEqual(["paused", 0]);
		if (input instanceof Readable) expect(input.readableDidRead).toBe(false);
		upload.resume();
		expect(await upload).toMatchObject({ size: 95 });
	});

	it.each([
		// where an upload begins
		["uploads", {}],
		["parts", inParts],
		["complete", inParts],
	])("spends no attempts of a call to `%s`", async (operation, how) => {
		holdTime();
		let calls = 0;
		const api = createFakeEndpoint();
		const upload = createClientFor(createFakePlatform()).uploadFile(file, "a", {
			...api.options,
			...how,
			retry: { limit: 0 },
			async fetch(request) {
				const name = request.url.split("/").at(-1);
				if (name !== operation || calls === 30) return await api.options.fetch(request);
				calls++;
				upload.pause();
				return problem(503, "storage-unavailable");
			},
		});
		// digests take real time, which the clock of this test does not know
		await eventually(() => calls > 0);
		await vi.advanceTimersByTimeAsync(70_000);
		expect(calls).toBe(30);
		upload.resume();
		vi.useRealTimers();
		expect(await upload).toMatchObject({ size: 95 });
	});

	it.each([
		["no network", () => "offline" as const],
		["no such host", () => ["fail", new UploadError("network", "No host.")] as const],
	])("outlasts any wait for the network: %s", async (_, explain) => {
		let waits = 0;
		const api = createFakeEndpoint();
		const reachability = {
			maxReconnectWaits: 2,
			explain: async () => explain(),
			reconnect: async () => void waits++,
		};
		holdTime();
		let calls = 0;
		const upload = createClientFor(createFakePlatform(undefined, reachability)).uploadFile(
			file,
			"a",
			{
				...api.options,
				async fetch(request) {
					upload.pause();
					if (++calls < 20) throw connectionLost();
					return await api.options.fetch(request);
				},
			},
		);
		await vi.advanceTimersByTimeAsync(60_000);
		expect([calls, upload.state]).toEqual([20, "paused"]);
		upload.resume();
		vi.useRealTimers();
		expect(await upload).toMatchObject({ size: 95 });
	});

	it("can be aborted", async () => {
		holdTime();
		const platform = createFakePlatform();
		const upload = createClientFor(platform).uploadFile(file, "a", createFakeEndpoint().options);
		upload.pause();
		await minute();
		expect(platform.attempts).toHaveLength(0);
		upload.abort();
		await minute();
		expect((await failureOf(upload)).code).toBe("aborted");
	});
});

describe("state and progress", () => {
	it("is starting, uploading, completing and done", async () => {
		const states: UploadState[] = [];
		const see = (): void => {
			if (states.at(-1) !== upload.state) states.push(upload.state);
		};
		const api = createFakeEndpoint({
			create: () => {
				see();
				return singlePlan({ confirm: true });
			},
			complete: () => {
				see();
				return { key: "k", size: 95 };
			},
		});
		const platform = createFakePlatform(() => {
			see();
			return stored();
		});
		const upload = createClientFor(platform).uploadFile(file, "a", api.options);
		await upload;
		see();
		expect(states).toEqual(["starting", "uploading", "completing", "done"]);
	});

	it("can be followed by for-await while it runs, and ends with a failure without throwing it", async () => {
		const api = createFakeEndpoint({ complete: () => problem(422, "rejected") });
		const upload = createClientFor(createFakePlatform()).uploadFile(file, "a", {
			...api.options,
			...inParts,
		});
		const failed = failureOf(upload);
		const seen: number[] = [];
		for await (const { loaded } of upload.progress()) seen.push(loaded);
		expect(seen.length).toBeGreaterThan(0);
		expect(seen).toEqual(seen.toSorted((a, b) => a - b));
		expect((await failed).code).toBe("rejected");
		expect(upload.state).toBe("failed");
		expect(api.calls.abort).toHaveLength(0);
	});

	it("reports the last byte exactly once it is stored", async () => {
		const reports: unknown[] = [];
		await createClientFor(createFakePlatform()).uploadFile(file, "a", {
			...createFakeEndpoint().options,
			onProgress: (progress) => void reports.push(progress),
		});
		expect(reports[0]).toEqual({ loaded: 0, total: 95, bytesPerSecond: 0 });
		expect(reports.at(-1)).toMatchObject({ loaded: 95, total: 95 });
	});
});

describe("a listener that throws", () => {
	it("is reported like one of an event, and the upload continues", async () => {
		const reported: unknown[] = [];
		const queue = vi.spyOn(globalThis, "queueMicrotask").mockImplementation((callback) => {
			try {
				callback();
			} catch (error) {
				reported.push(error);
			}
		});
		const bug = new Error("thrown by the page");
		const upload = createClientFor(createFakePlatform()).uploadFile(file, "a", {
			...createFakeEndpoint().options,
			onProgress: () => {
				throw bug;
			},
		});
		expect(await upload).toMatchObject({ size: 95 });
		queue.mockRestore();
		expect(reported.length).toBeGreaterThan(0);
		expect(new Set(reported)).toEqual(new Set([bug]));
	});
});

describe("subscribe and snapshot", () => {
	it("show every state at once, and what the upload rejected with", async () => {
		const seen: unknown[] = [];
		const api = createFakeEndpoint({ complete: () => problem(422, "rejected") });
		const { subscribe, snapshot } = createClientFor(createFakePlatform()).uploadFile(file, "a", {
			...api.options,
			...inParts,
		});
		expect(snapshot()).toEqual({ state: "starting", loaded: 0 });
		subscribe(() => {
			if (seen.at(-1) !== snapshot().state) seen.push(snapshot().state);
		});
		await eventually(() => snapshot().state === "failed");
		await Promise.resolve();
		expect(seen).toEqual(["uploading", "completing", "failed"]);
		expect(snapshot()).toMatchObject({ loaded: 95, total: 95, error: { code: "rejected" } });
	});

	it("give React the same object until something changes", async () => {
		const upload = createClientFor(createFakePlatform()).uploadFile(
			file,
			"a",
			createFakeEndpoint().options,
		);
		expect(upload.snapshot()).toBe(upload.snapshot());
		await upload;
		expect(upload.snapshot()).toBe(upload.snapshot());
		expect(upload.snapshot()).toEqual({ state: "done", loaded: 95, total: 95 });
	});

	it("change the progress at most every 100 ms, and the state at once", async () => {
		vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
		const { promise, resolve } = Promise.withResolvers<Response>();
		const platform = createFakePlatform(() => promise);
		const { options } = createFakeEndpoint();
		const upload = createClientFor(platform).uploadFile(file, "a", options);
		await vi.waitUntil(() => platform.attempts.length > 0, { interval: 1, timeout: 240_000 });
		const onSent = (sent: number): void => platform.attempts[0]?.options.onSent(sent);
		vi.advanceTimersByTime(100);
		let changes = 0;
		upload.subscribe(() => changes++);
		for (let sent = 50; sent < 95; sent++) {
			onSent(sent);
			vi.advanceTimersByTime(10);
			await Promise.resolve();
		}
		// 450 ms
		expect(changes).toBeLessThanOrEqual(5);
		expect(upload.snapshot().loaded).toBeGreaterThan(80);
		changes = 0;
		upload.pause();
		expect(upload.snapshot().state).toBe("paused");
		upload.resume();
		expect(upload.snapshot().state).toBe("uploading");
		await Promise.resolve();
		expect(changes).toBe(2);
		resolve(stored());
		await upload;
	});

	it("report what a listener throws like that of an event, and the upload continues", async () => {
		const reported: unknown[] = [];
		const queue = vi.spyOn(globalThis, "queueMicrotask").mockImplementation((callback) => {
			try {
				callback();
			} catch (error) {
				reported.push(error);
			}
		});
		const upload = createClientFor(createFakePlatform()).uploadFile(
			file,
			"a",
			createFakeEndpoint().options,
		);
		let calls = 0;
		upload.subscribe(() => {
			throw "thrown by the page";
		});
		upload.subscribe(() => calls++);
		expect(await upload).toMatchObject({ size: 95 });
		queue.mockRestore();
		expect(new Set(reported)).toEqual(new Set(["thrown by the page"]));
		expect(calls).toBe(reported.length);
	});
});

describe("an attempt that failed", () => {
	const slowDown = (): Response => refusal(503, "SlowDown", { "retry-after": "9" });
	const freeze = (): void => {
		vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now: 1_000_000 });
	};

	it("shows why, and when the next one begins, until the upload gets further", async () => {
		freeze();
		const platform = createFakePlatform(({ index }) => (index === 0 ? slowDown() : stored()));
		const upload = createClientFor(platform).uploadFile(file, "a", createFakeEndpoint().options);
		await vi.waitUntil(() => upload.state === "retrying", { interval: 1, timeout: 240_000 });
		const { error, retryingAt } = upload.snapshot();
		expect(error).toMatchObject({ code: "storage-unavailable", status: 503 });
		expect(retryingAt).toBeGreaterThanOrEqual(1_009_000);
		expect(retryingAt).toBeLessThanOrEqual(Date.now() + 9_000);
		await vi.advanceTimersByTimeAsync(9_000);
		await upload;
		expect(upload.snapshot()).toEqual({ state: "done", loaded: 95, total: 95 });
	});

	it("is told in the app's own words, and so is the end; the report keeps ours", async () => {
		freeze();
		const platform = createFakePlatform(({ index }) =>
			index === 0 ? slowDown() : refusal(400, "InvalidRequest"),
		);
		const { options } = createFakeEndpoint({
			complete: () => problem(404, "upload-not-found"),
		});
		const upload = createClientFor(platform).uploadFile(file, "a", {
			...options,
			messages: {
				"storage-unavailable": "Der Speicher ist überlastet.",
				"storage-error": ({ code, status }) => `Fehler ${status} (${code}).`,
			},
		});
		await vi.waitUntil(() => upload.state === "retrying", { interval: 1, timeout: 240_000 });
		expect(upload.snapshot().error).toMatchObject({
			code: "storage-unavailable",
			message: "Der Speicher ist überlastet.",
			retryable: true,
			status: 503,
		});
		await vi.advanceTimersByTimeAsync(9_000);
		const error = await failureOf(upload);
		expect(error).toMatchObject({ code: "storage-error", message: "Fehler 400 (storage-error)." });
		expect(upload.snapshot().error).toBe(error);
		const { events } = upload.report();
		const failures = events.flatMap((event) => (event.type === "failure" ? [event.message] : []));
		expect(failures[0]).toContain("SlowDown");
	});

	it("shows as retrying although bytes that left before it are reported later", async () => {
		freeze();
		const platform = createFakePlatform(({ index, options }) => {
			if (index > 0) return stored();
			options.onSent(50);
			return slowDown();
		});
		const upload = createClientFor(platform).uploadFile(file, "a", createFakeEndpoint().options);
		await vi.waitUntil(() => upload.state === "retrying", { interval: 1, timeout: 240_000 });
		await vi.advanceTimersByTimeAsync(1_000);
		expect(upload.snapshot()).toMatchObject({
			state: "retrying",
			loaded: 50,
			error: { code: "storage-unavailable" },
		});
		await vi.advanceTimersByTimeAsync(9_000);
		await upload;
	});

	it("does not show as retrying while another request is under way", async () => {
		freeze();
		const first = Promise.withResolvers<Response>();
		const platform = createFakePlatform(({ index }) =>
			index === 0 ? first.promise : index === 1 ? slowDown() : stored(),
		);
		const upload = createClientFor(platform).uploadFile(bytes(20), "a", {
			...createFakeEndpoint().options,
			...inParts,
		});
		const states = new Set<string>();
		upload.subscribe(() => states.add(upload.state));
		await vi.waitUntil(() => upload.snapshot().error, { interval: 1, timeout: 240_000 });
		await vi.advanceTimersByTimeAsync(9_000);
		first.resolve(stored());
		await upload;
		expect([...states]).toEqual(["uploading", "completing", "done"]);
	});

	it("stands in the report, with nothing secret of a hostile answer", async () => {
		holdTime();
		const secret = "0123456789abcdef0123456789abcdef";
		const api = createFakeEndpoint({
			complete: (_, index) =>
				index > 0
					? { key: "k", size: 20 }
					: problem(503, "storage-unavailable", {
							detail: `Ask https://me:${secret}@api.test/a?token=${secret} with Bearer ${secret}`,
							requestId: `r-${secret.repeat(3)}`,
						}),
		});
		const platform = createFakePlatform(({ index }) => (index === 0 ? slowDown() : stored()));
		const upload = createClientFor(platform).uploadFile(bytes(20), "a", {
			...api.options,
			...inParts,
			concurrency: 1,
		});
		let ended = false;
		const result = upload.result.finally(() => {
			ended = true;
		});
		// the digest of the receipts takes real time
		while (!ended) await vi.advanceTimersByTimeAsync(1_000);
		vi.useRealTimers();
		await result;
		const report = JSON.stringify(upload.report());
		expect(report).not.toMatch(/0123456789|signature|token-/);
		const at = expect.any(Number);
		expect(JSON.parse(report).events).toEqual([
			{ at, type: "state", state: "starting" },
			{ at, type: "state", state: "uploading" },
			{
				at,
				type: "failure",
				code: "storage-unavailable",
				message: expect.stringMatching(/503 SlowDown/),
				status: 503,
				host: "storage.test",
				retryIn: 9_000,
			},
			{ at, type: "state", state: "retrying" },
			{ at, type: "state", state: "uploading" },
			{ at, type: "parts", stored: 2, median: at, p99: at },
			{ at, type: "state", state: "completing" },
			{
				at,
				type: "failure",
				code: "storage-unavailable",
				message: "Ask https://api.test with Bearer …",
				status: 503,
				host: "api.test",
				retryIn: 0,
			},
			{ at, type: "state", state: "done" },
		]);
	});
});

describe("result", () => {
	it("is the plain promise of the same result", async () => {
		const upload = createClientFor(createFakePlatform()).uploadFile(
			file,
			"a",
			createFakeEndpoint().options,
		);
		expect(upload.result).toBe(upload.result);
		expect(Object.keys(upload.result)).toEqual([]);
		expect(await upload.result).toBe(await upload);
	});
});

describe("report", () => {
	it("names version, settings and every state, and no key, token or URL", async () => {
		const api = createFakeEndpoint();
		const upload = createClientFor(createFakePlatform()).uploadFile(file, "secret-key", {
			...api.options,
			endpoint: "https://api.test/tenants/secret-tenant?code=secret-code",
			headers: { authorization: "Bearer secret-header" },
			metadata: { comment: "secret-note" },
			retry: { limit: 3 },
		});
		await upload;
		const report = upload.report();
		expect(JSON.parse(JSON.stringify(report))).toEqual({
			version: "source",
			runtime: navigator.userAgent,
			startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
			settings: {
				endpoint: "https://api.test",
				concurrency: 16,
				retry: { limit: 3, networkLimit: 20 },
				stallTimeout: 30_000,
				checksum: true,
				multipartThreshold: 100_000_000,
				resume: false,
			},
			state: "done",
			loaded: 95,
			total: 95,
			events: [
				{ at: expect.any(Number), type: "state", state: "starting" },
				{ at: expect.any(Number), type: "state", state: "uploading" },
				{ at: expect.any(Number), type: "state", state: "done" },
			],
			omitted: 0,
		});
		expect(JSON.stringify(report)).not.toMatch(/secret|token-|signature/);
	});

	it("can be made before anything has begun, and of options that are refused", async () => {
		const { uploadFile } = createClientFor(createFakePlatform());
		const upload = uploadFile(file, "a", { endpoint: "no URL" });
		expect(upload.report()).toMatchObject({ state: "failed", code: "invalid-request" });
		expect((await failureOf(upload)).code).toBe("invalid-request");
	});
});

describe("a rejection that nobody handles", () => {
	/** Node reports rejections once all microtasks have run. */
	const reported = async (): Promise<void> => {
		for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
	};
	const fails = (): Upload => {
		process.on("unhandledRejection", onRejection);
		const platform = createFakePlatform(() => refusal(405, "MethodNotAllowed"));
		const { options } = createFakeEndpoint();
		return createClientFor(platform).uploadFile(file, "a", { ...options, ...inParts });
	};

	it("is reported once", async () => {
		void fails();
		await eventually(() => unhandled.length > 0);
		await reported();
		expect(unhandled).toHaveLength(1);
	});

	it.each([
		["subscribe", (upload: Upload) => upload.subscribe(() => {})],
		["snapshot", (upload: Upload) => upload.snapshot()],
		["progress", (upload: Upload) => upload.progress()],
		["abort", (upload: Upload) => upload.abort()],
	])("counts as handled after the first %s", async (_, use) => {
		const upload = fails();
		use(upload);
		await eventually(() => /failed|aborted/.test(upload.state));
		await reported();
		expect(unhandled).toEqual([]);
	});

	it("is that of `result` alone where that is handled", async () => {
		const upload = fails();
		expect((await failureOf(upload.result)).code).toBe("storage-error");
		await reported();
		expect(unhandled).toEqual([]);
	});
});
