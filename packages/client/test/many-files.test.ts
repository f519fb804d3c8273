import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Client } from "../src/client-types.js";
import type { Upload } from "../src/public-types.js";
import { createClientFor } from "./fakes/client.js";
import {
	type Answers,
	createFakeEndpoint,
	type FakeEndpoint,
	multipartPlan,
	planFor,
	problem,
	singlePlan,
} from "./fakes/endpoint.js";
import {
	createFakePlatform,
	type FakePlatform,
	refusal,
	type Storage,
	stored,
} from "./fakes/platform.js";
import { bytes, eventually, failureOf } from "./fakes/values.js";

afterEach(() => void vi.restoreAllMocks());
beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0));

interface Scene {
	readonly api: FakeEndpoint;
	readonly platform: FakePlatform;
	readonly client: Client;
}

/** A client whose files above 50 bytes go in parts of ten. */
function set(storage?: Storage, answers?: Answers, options?: { concurrency?: number }): Scene {
	const api = createFakeEndpoint(answers);
	const platform = createFakePlatform(storage);
	const client = createClientFor(platform).createClient({
		...api.options,
		multipartThreshold: 50,
		...options,
	});
	return { api, platform, client };
}

const soon = <Value>(value: Value): Promise<Value> =>
	new Promise((resolve) => setTimeout(resolve, 1, value));
const names = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `${i}`);

/** A storage that answers when it is told to. */
function slowStorage(): { readonly storage: Storage; readonly answer: (count?: number) => void } {
	const waiting: (() => void)[] = [];
	return {
		storage: () => new Promise((resolve) => waiting.push(() => resolve(stored()))),
		answer: (count = waiting.length) => {
			for (const answer of waiting.splice(0, count)) answer();
		},
	};
}

describe("many uploads of one client", () => {
	it("never have more bodies in flight than the ceiling, whole files and parts together", async () => {
		const { platform, client } = set(() => soon(stored()), {}, { concurrency: 3 });
		await Promise.all([
			client.uploadFile(bytes(300), "large"),
			client.uploadFile(bytes(300), "large, too"),
			...names(50).map((name) => client.uploadFile(bytes(20), name)),
		]);
		expect(platform.attempts).toHaveLength(30 + 30 + 50);
		expect(platform.mostAtOnce()).toBe(3);
	});

	it("start four bodies, where the ceiling is higher", async () => {
		const { storage, answer } = slowStorage();
		const { platform, client } = set(storage);
		const uploads = names(20).map((name) => client.uploadFile(bytes(20), name));
		await eventually(() => platform.attempts.length === 4);
		await soon(0);
		expect(platform.attempts).toHaveLength(4);
		await eventually(() => {
			answer();
			return platform.attempts.length === 20;
		});
		answer();
		await Promise.all(uploads);
	});

	it("begin in the order of the calls, at most four at once", async () => {
		let now = 0;
		let most = 0;
		const { api, client } = set(() => soon(stored()), {
			create: async (body, index) => {
				most = Math.max(most, ++now);
				await soon(0);
				now--;
				return planFor(body, index);
			},
		});
		// those in parts need no slot to begin
		const sizes = names(40).map((_, i) => (i % 2 ? 60 : 20));
		await Promise.all(sizes.map((size, i) => client.uploadFile(bytes(size), `${i}`)));
		expect(most).toBe(4);
		const inOrder = (keys: readonly string[]) => keys.toSorted((a, b) => Number(a) - Number(b));
		for (const multipart of [true, false]) {
			const keys = api.calls.create.filter((c) => c.multipart === multipart).map((c) => c.key);
			expect(keys).toHaveLength(20);
			expect(keys).toEqual(inOrder(keys));
		}
	});

	it("read no file and ask for no plan before a file's turn", async () => {
		const { storage, answer } = slowStorage();
		const { api, platform, client } = set(storage, {}, { concurrency: 1 });
		let read = 0;
		vi.spyOn(platform.hashers as { crc32: () => unknown }, "crc32").mockImplementation(() => {
			read++;
			return { update() {}, digest: () => "AAAAAA==" };
		});
		const uploads = names(10).map((name) => client.uploadFile(bytes(20), name));
		for (let turn = 1; turn <= 10; turn++) {
			await eventually(() => platform.attempts.length === turn);
			await soon(0);
			expect([read, api.calls.create.length]).toEqual([turn, turn]);
			answer();
		}
		await Promise.all(uploads);
	});

	it("let a small file in between the parts of a large one", async () => {
		const { platform, client } = set(() => soon(stored()), {}, { concurrency: 2 });
		const large = client.uploadFile(bytes(500), "large");
		await eventually(() => platform.attempts.length >= 4);
		const begun = platform.attempts.length;
		await client.uploadFile(bytes(20), "small");
		expect(platform.attempts.length - begun).toBeLessThan(15);
		await large;
	});

	it("give connections that become free to an upload of higher priority, and let requests in flight finish", async () => {
		const { storage, answer } = slowStorage();
		const { platform, client } = set(storage, {}, { concurrency: 1 });
		const low = client.uploadFile(bytes(200), "low", { priority: "low" });
		await eventually(() => platform.attempts.length === 1);
		const urgent = bytes(100).fill(255);
		const high = client.uploadFile(urgent, "high", { priority: "high" });
		for (let begun = 1; begun <= 30; begun++) {
			await eventually(() => platform.attempts.length === begun);
			// time for the urgent file to be planned and read: its first part waits for its turn then
			for (let turn = 0; turn < 20; turn++) await soon(0);
			answer();
		}
		await Promise.all([low, high]);
		const isHigh = platform.attempts.map(({ body }) => body.every((byte) => byte === 255));
		// on a busy machine a part may not wait yet when its turn comes; in turn, ten and ten would take twenty
		const first = isHigh.indexOf(true);
		expect(first).toBeGreaterThan(0);
		expect(first).toBeLessThan(10);
		expect(isHigh.lastIndexOf(true) - first).toBeLessThan(14);
	});

	/** No time passes in which the limit could grow again, however busy the machine is. */
	const stopTime = (): unknown => vi.spyOn(performance, "now").mockReturnValue(1);

	it("send fewer bodies at once when the storage asks to slow down", async () => {
		stopTime();
		let now = 0;
		const seen: number[] = [];
		const { client } = set(async ({ index }) => {
			seen[index] = ++now;
			await soon(0);
			now--;
			return index === 0 ? refusal(503, "SlowDown") : stored();
		});
		await client.uploadFile(bytes(400), "a");
		expect(Math.max(...seen.slice(0, 4))).toBe(4);
		expect(Math.max(...seen.slice(8))).toBe(2);
	});

	it.each([
		[503, "ServiceUnavailable", 2],
		[429, "TooManyRequests", 2],
		[500, "InternalError", 4],
	])("continue after a %d %s with %d at once", async (status, code, limit) => {
		stopTime();
		let now = 0;
		const seen: number[] = [];
		const { client } = set(async ({ index }) => {
			seen[index] = ++now;
			await soon(0);
			now--;
			return index === 0 ? refusal(status, code) : stored();
		});
		await client.uploadFile(bytes(400), "a");
		expect(Math.max(...seen.slice(8))).toBe(limit);
	});
});

describe("a slot", () => {
	const one = { concurrency: 1 };

	it("is free again after a success, a failure, and an abort", async () => {
		const { client } = set(
			({ index, options }) => {
				if (index === 0) return refusal(400, "InvalidRequest");
				if (index > 1) return stored();
				return new Promise((_, reject) =>
					options.signal.addEventListener("abort", () => reject(options.signal.reason)),
				);
			},
			{
				complete: (_, index) =>
					index === 0 ? problem(404, "upload-not-found") : { key: "k", size: 60, verified: false },
			},
			one,
		);
		expect((await failureOf(client.uploadFile(bytes(20), "refused"))).code).toBe("storage-error");
		const aborted = client.uploadFile(bytes(20), "aborted");
		await soon(0);
		aborted.abort();
		expect((await failureOf(aborted)).code).toBe("aborted");
		await client.uploadFile(bytes(60), "in parts");
		expect(await client.uploadFile(bytes(20), "whole")).toMatchObject({ size: 20 });
	});

	it("is not needed twice where the server wants a small file in parts", async () => {
		const { platform, client } = set(() => stored(), { create: () => multipartPlan(20) }, one);
		await Promise.all(names(3).map((name) => client.uploadFile(bytes(20), name)));
		expect(platform.attempts).toHaveLength(6);
		expect(platform.mostAtOnce()).toBe(1);
	});

	it("is kept through a fresh URL and a fresh create while others wait to begin", async () => {
		const { platform, client } = set(
			({ index }) => (index % 2 ? stored() : refusal(403, "AccessDenied")),
			{ create: async (body, index) => soon(planFor(body, index)) },
			one,
		);
		await Promise.all(names(12).map((name) => client.uploadFile(bytes(20), name)));
		expect(platform.attempts).toHaveLength(24);
		expect(platform.mostAtOnce()).toBe(1);
	});

	it("is lost to others while an upload is paused, at whatever step", async () => {
		let paused: Upload | undefined;
		const { platform, client } = set(
			() => stored(),
			{
				create(body, index) {
					if (body.key === "paused") paused?.pause();
					return planFor(body, index);
				},
			},
			one,
		);
		paused = client.uploadFile(bytes(20), "paused");
		const early = client.uploadFile(bytes(20), "paused early");
		early.pause();
		await client.uploadFile(bytes(20), "a");
		await client.uploadFile(bytes(60), "b");
		expect(paused.state).toBe("paused");
		expect(platform.attempts).toHaveLength(7);
		paused.resume();
		early.resume();
		await Promise.all([paused, early]);
	});

	it("is left at once by who is aborted while waiting for it", async () => {
		const { storage, answer } = slowStorage();
		const { api, platform, client } = set(storage, {}, one);
		const first = client.uploadFile(bytes(20), "first");
		await eventually(() => platform.attempts.length === 1);
		const waiting = client.uploadFile(bytes(20), "waiting");
		const next = client.uploadFile(bytes(20), "next");
		await soon(0);
		waiting.abort();
		expect((await failureOf(waiting)).code).toBe("aborted");
		answer();
		await eventually(() => platform.attempts.length === 2);
		answer();
		await Promise.all([first, next]);
		expect(api.calls.create.map(({ key }) => key)).toEqual(["first", "next"]);
		expect(platform.closed()).toBe(3);
	});

	it.each([60, 20])("is free while an upload of %d bytes is being completed", async (size) => {
		const complete = Promise.withResolvers<object>();
		const { client } = set(
			() => stored(),
			{
				create: (body) => (body.multipart ? planFor(body) : singlePlan({ confirm: true })),
				complete: (_, index) => (index === 0 ? complete.promise : { key: "k", size: 20 }),
			},
			one,
		);
		const completing = client.uploadFile(bytes(size), "completing");
		await eventually(() => completing.state === "completing");
		await client.uploadFile(bytes(20), "next");
		complete.resolve({ key: "k", size });
		await completing;
	});
});
