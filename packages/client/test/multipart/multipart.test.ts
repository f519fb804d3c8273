import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { Progress } from "../../src/options.js";
import { createClientFor } from "../fakes/client.js";
import { createFakeEndpoint, multipartPlan, problem, windowOf } from "../fakes/endpoint.js";
import {
	type Attempt,
	connectionLost,
	crcOf,
	createFakePlatform,
	refusal,
	stored,
} from "../fakes/platform.js";
import { bytes, failureOf, receiptsOf } from "../fakes/values.js";

const file = bytes(95);

const partOf = ({ url }: Attempt): number => Number(new URL(url).searchParams.get("part"));
const numbered = (attempt: Attempt): Response => stored({ etag: `"${partOf(attempt)}"` });
const pause = (milliseconds: number): Promise<void> =>
	new Promise((resolve) => setTimeout(resolve, milliseconds));

beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0));

describe("a file in parts", () => {
	it("sends every part once to its own URL and completes with digests of file and receipts", async () => {
		const api = createFakeEndpoint();
		const platform = createFakePlatform(numbered);
		const { uploadFile } = createClientFor(platform);
		const result = await uploadFile(file, "a", { ...api.options, multipartThreshold: 94 });

		expect(api.calls.create[0]).toMatchObject({ size: 95, multipart: true });
		expect(api.calls.create[0]).not.toHaveProperty("checksums");
		const sent = platform.attempts.toSorted((a, b) => partOf(a) - partOf(b));
		expect(sent.map(partOf)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
		expect(Buffer.concat(sent.map(({ body }) => body))).toEqual(Buffer.from(file));
		for (const { url } of sent) {
			expect(url).toMatch(/\?part=(\d+)&signature=\$&-\1-\d+$/);
		}
		expect(api.calls.complete).toEqual([
			{
				token: "token-0",
				checksum: { algorithm: "crc32", value: crcOf(file) },
				receipts: receiptsOf(sent.map((_, i) => `"${i + 1}"`)),
			},
		]);
		expect(result).toMatchObject({ key: "stored-key", size: 95, data: { token: "token-0" } });
	});

	it("goes in parts only above the threshold", async () => {
		const asked = async (size: number): Promise<unknown> => {
			const api = createFakeEndpoint();
			const { uploadFile } = createClientFor(createFakePlatform());
			await uploadFile(bytes(size), "a", { ...api.options, multipartThreshold: 50 });
			return api.calls.create[0]?.multipart;
		};
		expect([await asked(50), await asked(51)]).toEqual([false, true]);
	});

	it("carries out what the server decided, not what was asked", async () => {
		const api = createFakeEndpoint({ create: () => multipartPlan(0) });
		const platform = createFakePlatform(numbered);
		await createClientFor(platform).uploadFile(bytes(0), "a", api.options);
		expect(platform.attempts.map(({ body }) => body.length)).toEqual([0]);
		expect(api.calls.complete[0]?.checksum).toEqual({ algorithm: "crc32", value: "AAAAAA==" });
	});

	it("has an empty file stored by the commit alone where the server plans no part", async () => {
		const window = windowOf(1, 0);
		const api = createFakeEndpoint({ create: () => multipartPlan(0, { partCount: 0, window }) });
		const platform = createFakePlatform(numbered);
		await createClientFor(platform).uploadFile(bytes(0), "a", api.options);
		expect(platform.attempts).toEqual([]);
		expect(api.calls.complete[0]?.checksum).toEqual({ algorithm: "crc32", value: "AAAAAA==" });
	});

	it("sends no digest that the endpoint has no use for, and none with `checksum: false`", async () => {
		const useless = createFakeEndpoint({
			create: () => multipartPlan(95, { algorithm: undefined }),
		});
		const unwanted = createFakeEndpoint();
		for (const [api, checksum] of [
			[useless, true],
			[unwanted, false],
		] as const) {
			const { uploadFile } = createClientFor(createFakePlatform());
			await uploadFile(file, "a", { ...api.options, checksum, multipartThreshold: 1 });
			expect(api.calls.complete[0]).not.toHaveProperty("checksum");
		}
	});

	it("puts the digest of each part into the header that the storage verifies", async () => {
		const partChecksum = { algorithm: "crc32", header: "x-crc", encoding: "base64" } as const;
		const api = createFakeEndpoint({
			create: () =>
				multipartPlan(30, { window: windowOf(1, 3, { partChecksum, headers: { a: "b" } }) }),
		});
		const platform = createFakePlatform();
		await createClientFor(platform).uploadFile(bytes(30), "a", api.options);
		for (const { headers, body } of platform.attempts) {
			expect(headers).toEqual({ a: "b", "x-crc": crcOf(body) });
		}
	});

	it("keeps a sliding window of parts in flight, not batches", async () => {
		const started: number[] = [];
		const platform = createFakePlatform(async (attempt) => {
			started.push(partOf(attempt));
			// the first part takes as long as all others together
			if (partOf(attempt) === 1) {
				while (started.length < 10) await pause(1);
			}
			return stored();
		});
		const { uploadFile } = createClientFor(platform);
		await uploadFile(file, "a", {
			...createFakeEndpoint().options,
			multipartThreshold: 1,
			concurrency: 3,
		});
		expect(started).toHaveLength(10);
		expect(platform.mostAtOnce()).toBe(3);
	});
});

describe("host names of a storage", () => {
	const urls = ["a", "b"].map((name) => `https://${name}.test/k?part={partNumber}&s={value}`);
	const hostOf = ({ url }: Attempt): string => new URL(url).host[0] ?? "";
	/** An upload of ten parts to a storage of two names, whose attempts fail as the function says. */
	async function send(fails: (attempt: Attempt, failures: number) => boolean) {
		const api = createFakeEndpoint({
			create: () => multipartPlan(95, { window: windowOf(1, 10, { urls }) }),
			parts: ({ first, count, host }) =>
				windowOf(first, count, host === undefined ? { urls } : { urls: [urls[host] ?? ""] }),
		});
		let failures = 0;
		const platform = createFakePlatform((attempt) => {
			if (fails(attempt, failures)) {
				failures++;
				throw connectionLost();
			}
			return numbered(attempt);
		});
		const options = { ...api.options, multipartThreshold: 1, concurrency: 1 };
		const result = await createClientFor(platform).uploadFile(file, "a", options);
		expect(result).toMatchObject({ size: 95 });
		return { sent: platform.attempts.map((one) => `${partOf(one)}${hostOf(one)}`), api };
	}

	it("get the parts in turn", async () => {
		const { sent, api } = await send(() => false);
		expect(sent).toEqual(["1b", "2a", "3b", "4a", "5b", "6a", "7b", "8a", "9b", "10a"]);
		expect(api.calls.parts).toEqual([]);
	});

	it("are left after two network failures while another one works", async () => {
		const { sent, api } = await send((one) => hostOf(one) === "b" && partOf(one) > 1);
		expect(sent.slice(0, 6)).toEqual(["1b", "2a", "3b", "3b", "3a", "4a"]);
		expect(sent.slice(6)).toEqual(["5a", "6a", "7a", "8a", "9a", "10a"]);
		expect(api.calls.parts).toMatchObject([{ first: 3, host: 0 }]);
	});

	it("are kept after a single failure, and while none works", async () => {
		const once = await send((one, failures) => failures === 0 && partOf(one) === 3);
		expect(once.sent.slice(2, 5)).toEqual(["3b", "3b", "4a"]);
		const first = await send((_, failures) => failures < 4);
		expect(first.sent.slice(0, 5)).toEqual(["1b", "1b", "1b", "1b", "1b"]);
		expect([...once.api.calls.parts, ...first.api.calls.parts]).toEqual([]);
	});

	it("are used again after an outage of all of them", async () => {
		const { sent } = await send((one, failures) => partOf(one) === 3 && failures < 4);
		expect(sent.slice(2, 6)).toEqual(["3b", "3b", "3a", "3a"]);
		expect(sent.slice(6)).toEqual(["3b", "4a", "5b", "6a", "7b", "8a", "9b", "10a"]);
	});
});

describe("a storage that asks to wait", () => {
	it("gets the last part again after that time, and not by another connection before", async () => {
		const api = createFakeEndpoint({ create: () => multipartPlan(95) });
		const times: number[] = [];
		const platform = createFakePlatform((attempt) => {
			if (partOf(attempt) !== 10) return numbered(attempt);
			times.push(performance.now());
			return times.length > 1
				? numbered(attempt)
				: new Response(null, { status: 503, headers: { "retry-after": "4" } });
		});
		const options = { ...api.options, multipartThreshold: 1 };
		const result = await createClientFor(platform).uploadFile(file, "a", options);
		expect(result).toMatchObject({ size: 95 });
		const [first = 0, second = 0] = times;
		// it asked for four seconds, and a timer may be early by a little
		expect(second - first).toBeGreaterThan(3_900);
	});
});

/** @returns moves the wall clock ahead, by seconds */
function fakeDate(): (seconds: number) => void {
	vi.useFakeTimers({ toFake: ["Date"] });
	onTestFinished(() => void vi.useRealTimers());
	return (seconds) => void vi.setSystemTime(Date.now() + seconds * 1_000);
}

describe("URLs of parts", () => {
	it("fetches the next window before the last one runs out, each part once", async () => {
		const api = createFakeEndpoint();
		let waiting = 0;
		const platform = createFakePlatform(async () => {
			waiting++;
			await pause(2);
			return stored();
		});
		await createClientFor(platform).uploadFile(bytes(400), "a", {
			...api.options,
			multipartThreshold: 1,
			concurrency: 2,
		});
		expect(waiting).toBe(40);
		const firsts = api.calls.parts.map(({ first }) => first);
		expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
		expect(new Set(firsts).size).toBe(firsts.length);
		// the first window held 3, the others hold 4 each
		expect(firsts).toHaveLength(Math.ceil(37 / 4));
		expect(api.calls.parts[0]).toEqual({ token: "token-0", first: 4, count: 37 });
	});

	it("replaces a window that is about to expire", async () => {
		const api = createFakeEndpoint({
			create: () => multipartPlan(60, { window: windowOf(1, 6, { expiresIn: 60 }) }),
			parts: ({ first, count }) => windowOf(first, count),
		});
		const passTime = fakeDate();
		const platform = createFakePlatform(({ index }) => {
			if (index === 2) passTime(60);
			return stored();
		});
		const { uploadFile } = createClientFor(platform);
		await uploadFile(bytes(60), "a", { ...api.options, concurrency: 3 });
		const edition = ({ url }: Attempt): string | undefined => url.split("-").at(-1);
		expect(new Set(platform.attempts.map(edition)).size).toBe(2);
		expect(platform.attempts).toHaveLength(6);
	});

	it("replaces a window that expired under a request of which no answer came", async () => {
		// some storages refuse without CORS headers, which a browser reports as a lost connection
		const api = createFakeEndpoint({
			create: () => multipartPlan(10, { window: windowOf(1, 1, { expiresIn: 60 }) }),
		});
		const passTime = fakeDate();
		const platform = createFakePlatform(({ index }) => {
			if (index > 0) return stored();
			passTime(60);
			throw connectionLost();
		});
		await createClientFor(platform).uploadFile(bytes(10), "a", api.options);
		expect(platform.attempts).toHaveLength(2);
		expect(new Set(platform.attempts.map(({ url }) => url)).size).toBe(2);
		expect(api.calls.parts).toHaveLength(1);
	});

	it("uses a window that is expired on arrival rather than asking for ever", async () => {
		const api = createFakeEndpoint({
			create: () => multipartPlan(30, { window: windowOf(1, 3, { expiresIn: 0 }) }),
			parts: ({ first, count }) => windowOf(first, count, { expiresIn: 0 }),
		});
		const platform = createFakePlatform();
		await createClientFor(platform).uploadFile(bytes(30), "a", api.options);
		expect(platform.attempts).toHaveLength(3);
		expect(api.calls.parts.length).toBeLessThanOrEqual(6);
	});

	it("replaces a refused window for all parts at once", async () => {
		const refused: string[] = [];
		const platform = createFakePlatform((attempt) => {
			const edition = attempt.url.split("-").at(-1) ?? "";
			if (refused.length === 0 || refused.includes(edition)) {
				refused.push(edition);
				return refusal(403, "AccessDenied");
			}
			return stored();
		});
		const api = createFakeEndpoint({
			create: () => multipartPlan(60, { window: windowOf(1, 6) }),
			parts: ({ first, count }) => windowOf(first, count),
		});
		await createClientFor(platform).uploadFile(bytes(60), "a", { ...api.options, concurrency: 3 });
		expect(refused).toHaveLength(3);
		expect(api.calls.parts.length).toBeLessThanOrEqual(3);
	});

	it("fails when a fresh URL is refused again", async () => {
		const platform = createFakePlatform(() => refusal(403, "AccessDenied"));
		const api = createFakeEndpoint();
		const error = await failureOf(
			createClientFor(platform).uploadFile(file, "a", {
				...api.options,
				multipartThreshold: 1,
				concurrency: 1,
			}),
		);
		expect(error).toMatchObject({ code: "forbidden", status: 403 });
		expect(platform.attempts).toHaveLength(2);
		// another login, or a right that is given, may continue it
		expect(api.calls.abort).toEqual([]);
	});

	it("refuses URLs for other parts than those asked for", async () => {
		const api = createFakeEndpoint({ parts: ({ first }) => windowOf(first + 1, 2) });
		const error = await failureOf(
			createClientFor(createFakePlatform()).uploadFile(file, "a", {
				...api.options,
				multipartThreshold: 1,
			}),
		);
		expect(error.code).toBe("unsupported");
	});

	it("goes on with the fresh token that an answer brought", async () => {
		const api = createFakeEndpoint({
			parts: ({ first, count }) => ({ ...windowOf(first, count), token: "renewed" }),
		});
		await createClientFor(createFakePlatform()).uploadFile(file, "a", {
			...api.options,
			multipartThreshold: 1,
		});
		expect(api.calls.complete[0]?.token).toBe("renewed");
	});
});

describe("failures of parts", () => {
	it("sends again only the part that failed, and digests it anew", async () => {
		const platform = createFakePlatform((attempt) => {
			if (attempt.index === 1) throw connectionLost();
			return numbered(attempt);
		});
		const api = createFakeEndpoint();
		await createClientFor(platform).uploadFile(file, "a", {
			...api.options,
			multipartThreshold: 1,
			concurrency: 1,
		});
		expect(platform.attempts.map(partOf)).toEqual([1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
		expect(api.calls.complete[0]?.checksum?.value).toBe(crcOf(file));
	});

	it("bears any number of failures as long as parts get through in between", async () => {
		const platform = createFakePlatform(({ index }) =>
			index % 3 === 2 ? stored() : refusal(503, "SlowDown"),
		);
		await createClientFor(platform).uploadFile(file, "a", {
			...createFakeEndpoint().options,
			multipartThreshold: 1,
			concurrency: 1,
			retry: { limit: 2 },
		});
		expect(platform.attempts).toHaveLength(30);
	});

	it("stops all parts at the first fatal failure", async () => {
		const platform = createFakePlatform(async (attempt) => {
			if (partOf(attempt) === 2) return refusal(405, "MethodNotAllowed");
			return await new Promise<never>(() => {});
		});
		const error = await failureOf(
			createClientFor(platform).uploadFile(file, "a", {
				...createFakeEndpoint().options,
				multipartThreshold: 1,
				concurrency: 3,
			}),
		);
		expect(error).toMatchObject({ code: "storage-error", status: 405 });
		expect(platform.attempts).toHaveLength(3);
		expect(platform.closed()).toBe(1);
	});

	it("does not wait for URLs once a part has failed, nor fetches any after", async () => {
		let release = (): void => {};
		const released = new Promise<void>((resolve) => {
			release = resolve;
		});
		const api = createFakeEndpoint({
			parts: async ({ first, count }) => {
				await released;
				return windowOf(first, Math.min(count, 2));
			},
		});
		const platform = createFakePlatform(async (attempt) => {
			if (partOf(attempt) < 3) return stored();
			await pause(20);
			return refusal(400, "InvalidRequest");
		});
		const upload = createClientFor(platform).uploadFile(file, "a", {
			...api.options,
			multipartThreshold: 1,
			concurrency: 3,
		});
		expect((await failureOf(upload)).code).toBe("storage-error");
		release();
		await pause(20);
		expect(api.calls.parts).toHaveLength(1);
	});

	it("begins once more when the storage forgot the upload, and never lets progress fall", async () => {
		const loaded: number[] = [];
		const platform = createFakePlatform(({ index }) =>
			index === 5 ? refusal(404, "NoSuchUpload") : stored(),
		);
		const api = createFakeEndpoint({
			list: () => problem(404, "upload-not-found"),
			complete: ({ token }) =>
				token === "token-0" ? problem(404, "upload-not-found") : { key: "k", size: 95 },
		});
		await createClientFor(platform).uploadFile(file, "a", {
			...api.options,
			multipartThreshold: 1,
			concurrency: 1,
			onProgress: (progress: Progress) => void loaded.push(progress.loaded),
		});
		expect(api.calls.create).toHaveLength(2);
		expect(platform.attempts).toHaveLength(16);
		expect(api.calls.complete.map(({ token }) => token)).toEqual(["token-0", "token-1"]);
		expect(loaded).toEqual(loaded.toSorted((a, b) => a - b));
		expect(loaded.at(-1)).toBe(95);
	});

	it("sends again the parts that the server names as broken, once", async () => {
		const errors = [{ detail: "broken", partNumber: 3 }];
		const api = createFakeEndpoint({
			complete: (_, index) =>
				index === 0 ? problem(422, "checksum-mismatch", { errors }) : { key: "k", size: 95 },
		});
		const platform = createFakePlatform(numbered);
		const { uploadFile } = createClientFor(platform);
		const options = { ...api.options, multipartThreshold: 1, concurrency: 1 };
		await uploadFile(file, "a", options);
		expect(platform.attempts.map(partOf).slice(10)).toEqual([3]);

		const hopeless = createFakeEndpoint({ complete: () => problem(422, "checksum-mismatch") });
		const error = await failureOf(uploadFile(file, "a", { ...options, ...hopeless.options }));
		expect(error).toMatchObject({ code: "checksum-mismatch", requestId: "r-1", retryable: false });
		expect(platform.attempts).toHaveLength(11 + 20);
		expect(hopeless.calls.complete).toHaveLength(2);
	});

	it("sends again the parts that the server has not, and begins nothing anew for them", async () => {
		const named = (partNumber: number): object => ({ detail: "Is not stored.", partNumber });
		const answers = [
			problem(422, "invalid-parts", { errors: [named(2), named(11)] }),
			// what was wrong with the others shows later, as where an answer names a hundred at most
			problem(422, "invalid-parts", { errors: [named(7)] }),
		];
		const api = createFakeEndpoint({
			complete: (_, index) => answers[index] ?? { key: "k", size: 95 },
		});
		const platform = createFakePlatform(numbered);
		const { uploadFile } = createClientFor(platform);
		const options = { ...api.options, multipartThreshold: 1, concurrency: 1 };
		expect(await uploadFile(file, "a", options)).toMatchObject({ key: "k" });
		expect(platform.attempts.map(partOf).slice(10)).toEqual([2, 7]);
		expect(api.calls.create).toHaveLength(1);

		for (const [errors, completes] of [
			[[named(3)], 2],
			[[named(11)], 1],
			[undefined, 1],
		] as const) {
			const hopeless = createFakeEndpoint({
				list: () => ({
					parts: Array.from({ length: 10 }, (_, i) => ({
						partNumber: i + 1,
						size: i === 9 ? 5 : 10,
						receipt: `"${i + 1}"`,
					})),
				}),
				complete: () => problem(422, "invalid-parts", { errors }),
			});
			const upload = createClientFor(platform).uploadFile(file, "a", {
				...options,
				...hopeless.options,
			});
			expect((await failureOf(upload)).code).toBe("invalid-parts");
			expect(hopeless.calls.complete).toHaveLength(completes);
		}
	});

	it("sends all parts again after a wrong checksum, and then those that the storage has lost", async () => {
		const errors = [2, 3].map((partNumber) => ({ detail: "Is not stored.", partNumber }));
		const answers = [
			problem(422, "checksum-mismatch"),
			problem(422, "invalid-parts", { errors }),
			problem(422, "invalid-parts", { errors }),
		];
		const list = (): object => ({
			parts: Array.from({ length: 10 }, (_, i) => ({
				partNumber: i + 1,
				size: i === 9 ? 5 : 10,
				receipt: `"${i + 1}"`,
			})),
		});
		const sent = async (): Promise<readonly (number | undefined)[]> => {
			const complete = (): object => answers.shift() ?? { key: "k", size: 95 };
			const api = createFakeEndpoint({ list, complete });
			const platform = createFakePlatform(numbered);
			const options = { ...api.options, multipartThreshold: 1, concurrency: 1 };
			await createClientFor(platform).uploadFile(file, "a", options);
			return platform.attempts.map(partOf).slice(10);
		};
		await expect(sent()).rejects.toMatchObject({ code: "invalid-parts" });
		answers.push(problem(422, "checksum-mismatch"), problem(422, "invalid-parts", { errors }));
		expect(await sent()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 2, 3]);
	});

	it("sends again what the storage lists otherwise than it was sent, where the server names no part", async () => {
		const list = (differs: object) => () => ({
			parts: Array.from({ length: 10 }, (_, i) => ({
				partNumber: i + 1,
				size: i === 9 ? 5 : 10,
				receipt: `"${i + 1}"`,
				...(i === 3 && differs),
			})),
		});
		for (const [code, differs] of [
			["invalid-parts", { receipt: '"replaced"' }],
			["invalid-parts", { size: 9 }],
			["checksum-mismatch", { checksum: { algorithm: "crc32", value: "AAAAAA==" } }],
		] as const) {
			const api = createFakeEndpoint({
				list: list(differs),
				complete: (_, index) => (index === 0 ? problem(422, code) : { key: "k", size: 95 }),
			});
			const platform = createFakePlatform(numbered);
			const options = { ...api.options, multipartThreshold: 1, concurrency: 1 };
			await createClientFor(platform).uploadFile(file, "a", options);
			expect(platform.attempts.map(partOf).slice(10)).toEqual([4]);
			expect(api.calls.complete).toHaveLength(2);
		}
	});

	it("takes over another receipt of a part that was sent twice, and commits again", async () => {
		/** Part 4 is sent a second time; later the storage lists the receipt of one of the requests. */
		const run = async (differs: object, repeated = 4): Promise<readonly unknown[]> => {
			const list = (): object => ({
				parts: Array.from({ length: 10 }, (_, i) => ({
					partNumber: i + 1,
					size: i === 9 ? 5 : 10,
					receipt: `"${i + 1}"`,
					...(i === 3 && { receipt: '"late"', ...differs }),
				})),
			});
			const api = createFakeEndpoint({
				list,
				complete: (_, index) =>
					index === 0 ? problem(422, "invalid-parts") : { key: "k", size: 95 },
			});
			let failed = false;
			const platform = createFakePlatform((attempt) => {
				if (failed || partOf(attempt) !== repeated) return numbered(attempt);
				failed = true;
				throw connectionLost();
			});
			const options = { ...api.options, multipartThreshold: 1, concurrency: 1 };
			await createClientFor(platform).uploadFile(file, "a", options);
			const receipts = Array.from({ length: 10 }, (_, i) => (i === 3 ? '"late"' : `"${i + 1}"`));
			const isAdopted = api.calls.complete[1]?.receipts === receiptsOf(receipts);
			return [platform.attempts.map(partOf).slice(11), isAdopted];
		};
		const ours = { algorithm: "crc32", value: crcOf(file.subarray(30, 40)) };
		const other = { algorithm: "crc32", value: "AAAAAA==" };
		expect(await run({})).toEqual([[], true]);
		expect(await run({ checksum: ours })).toEqual([[], true]);
		expect(await run({ checksum: other })).toEqual([[4], false]);
		expect(await run({ size: 9 })).toEqual([[4], false]);
		expect(await run({}, 5)).toEqual([[4], false]);
	});

	it("begins anew after the second conflict that leaves nothing stored, and not after the first", async () => {
		const conflict = (): Response => {
			const answer = problem(409, "conflict");
			answer.headers.set("retry-after", "0");
			return answer;
		};
		const options = { multipartThreshold: 1, concurrency: 1 };
		const once = createFakeEndpoint({
			complete: (_, index) => (index === 0 ? conflict() : { key: "k", size: 95 }),
		});
		const { uploadFile } = createClientFor(createFakePlatform(numbered));
		await uploadFile(file, "a", { ...once.options, ...options });
		expect(once.calls).toMatchObject({ create: { length: 1 }, abort: [] });

		const dead = createFakeEndpoint({
			complete: ({ token }) => (token === "token-0" ? conflict() : { key: "k", size: 95 }),
		});
		await uploadFile(file, "a", { ...dead.options, ...options });
		expect(dead.calls.complete.map(({ token }) => token)).toEqual([
			"token-0",
			"token-0",
			"token-1",
		]);
		expect(dead.calls.abort).toEqual([{ token: "token-0" }]);
	});

	it("finds that the first upload was committed late, when the one begun anew meets its object", async () => {
		const commits = [problem(404, "upload-not-found"), { key: "k", size: 95, etag: '"first"' }];
		const api = createFakeEndpoint({
			create: ({ size }, index) =>
				index === 0 ? multipartPlan(size ?? 0) : problem(409, "already-exists"),
			complete: (_, index) => commits[index],
		});
		const { uploadFile } = createClientFor(createFakePlatform(numbered));
		const result = await uploadFile(file, "a", { ...api.options, multipartThreshold: 1 });
		expect(result).toMatchObject({ key: "k", etag: '"first"' });
		expect(api.calls.complete[1]).toEqual({ token: "token-0" });
	});

	it("begins once more when the upload is swept away while its parts are repaired", async () => {
		const errors = [{ detail: "broken", partNumber: 2 }];
		const api = createFakeEndpoint({
			list: () => problem(404, "upload-not-found"),
			complete: ({ token }, index) =>
				token === "token-1"
					? { key: "k", size: 20 }
					: index === 0
						? problem(422, "checksum-mismatch", { errors })
						: problem(404, "upload-not-found"),
		});
		const platform = createFakePlatform(({ index }) =>
			index === 2 ? refusal(404, "NoSuchUpload") : stored(),
		);
		const { uploadFile } = createClientFor(platform);
		const result = await uploadFile(bytes(20), "a", { ...api.options, multipartThreshold: 1 });
		expect(result.key).toBe("k");
		expect(api.calls.create).toHaveLength(2);
		expect(platform.attempts).toHaveLength(5);
	});

	it("keeps to the mismatch when the upload was committed nevertheless", async () => {
		const checksum = { algorithm: "crc32", value: crcOf(bytes(20)) };
		const forgotten = [{ parts: [] }, problem(404, "upload-not-found")];
		const api = createFakeEndpoint({
			list: (_, index) => forgotten[index] ?? problem(404, "upload-not-found"),
			complete: (request) =>
				request.checksum ? problem(422, "checksum-mismatch") : { key: "k", size: 20 },
		});
		const platform = createFakePlatform(({ index }) =>
			index < 2 ? stored() : refusal(404, "NoSuchUpload"),
		);
		const { uploadFile } = createClientFor(platform);
		const error = await failureOf(
			uploadFile(bytes(20), "a", { ...api.options, multipartThreshold: 1 }),
		);
		expect(error.code).toBe("checksum-mismatch");
		expect(api.calls.create).toHaveLength(1);
		expect(api.calls.complete.map((request) => request.checksum)).toEqual([checksum, checksum]);
	});

	it("has the server look, and sends no other part, when only it can tell what became of the upload", async () => {
		const list = () => problem(404, "upload-not-found");
		const removed = createFakeEndpoint({
			list,
			complete: ({ token }) =>
				token === "token-0" ? problem(404, "upload-not-found") : { key: "k", size: 95 },
		});
		const platform = createFakePlatform((attempt) =>
			attempt.index === 2 ? refusal(404, "NoSuchUpload") : numbered(attempt),
		);
		const { uploadFile } = createClientFor(platform);
		const options = { multipartThreshold: 1, concurrency: 1 };
		await uploadFile(file, "a", { ...removed.options, ...options });
		expect(platform.attempts.map(partOf)).toEqual([1, 2, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
		expect(removed.calls.complete[0]).toEqual({ token: "token-0" });

		const joined = createFakeEndpoint({ list });
		platform.attempts.length = 0;
		const upload = createClientFor(platform).uploadFile(file, "a", {
			...joined.options,
			...options,
		});
		expect(await upload).toMatchObject({ key: "stored-key" });
		expect(platform.attempts.map(partOf)).toEqual([1, 2, 3]);
	});

	it("repairs nothing where a part could not be sent at all", async () => {
		const api = createFakeEndpoint();
		const platform = createFakePlatform(() => refusal(400, "BadDigest"));
		const options = { ...api.options, multipartThreshold: 1, concurrency: 1, retry: { limit: 1 } };
		const error = await failureOf(createClientFor(platform).uploadFile(file, "a", options));
		expect(error.code).toBe("storage-error");
		expect(platform.attempts.map(partOf)).toEqual([1, 1]);
		expect(api.calls.complete).toEqual([]);
	});

	it("goes on where it was when the server has the upload nevertheless", async () => {
		const api = createFakeEndpoint();
		const platform = createFakePlatform((attempt) =>
			attempt.index === 2 ? refusal(404, "NoSuchUpload") : numbered(attempt),
		);
		const { uploadFile } = createClientFor(platform);
		await uploadFile(file, "a", { ...api.options, multipartThreshold: 1, concurrency: 1 });
		expect(platform.attempts.map(partOf)).toEqual([1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10]);
		expect(api.calls.complete[0]?.checksum?.value).toBe(crcOf(file));
		expect(api.calls.create).toHaveLength(1);
	});

	it("names a stranger where something keeps denying an upload that the server sees", async () => {
		const api = createFakeEndpoint();
		const platform = createFakePlatform(() => refusal(404, "NoSuchUpload"));
		const retry = { limit: 2 };
		const options = { ...api.options, multipartThreshold: 1, concurrency: 1, retry };
		const error = await failureOf(createClientFor(platform).uploadFile(file, "a", options));
		expect(error).toMatchObject({ code: "blocked", retryable: true, status: 404 });
		expect(platform.attempts.map(partOf)).toEqual([1, 1, 1]);
		expect(api.calls.abort).toEqual([]);
	});
});
