import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import { setTimeout as pause } from "node:timers/promises";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { MultipartPlan } from "#protocol";
import type { Progress } from "../../src/options.js";
import type { UploadInput } from "../../src/public-types.js";
import { createClientFor } from "../fakes/client.js";
import {
	type Answers,
	createFakeEndpoint,
	type FakeEndpoint,
	multipartPlan,
	problem,
	windowOf,
} from "../fakes/endpoint.js";
import {
	type Attempt,
	connectionLost,
	crcOf,
	createFakePlatform,
	refusal,
	type Storage,
	stored,
} from "../fakes/platform.js";
import { bytes, eventually, failureOf, receiptsOf } from "../fakes/values.js";

const mebibyte = 2 ** 20;
/** As much of a stream is read before the upload begins. */
const head = 16 * mebibyte;
const partSize = 5 * mebibyte;
/** Four parts of 5 MiB, and one that is short. */
const content = bytes(4 * partSize + 1_000_003);

const partOf = ({ url }: Attempt): number => Number(new URL(url).searchParams.get("part"));
const numbered = (attempt: Attempt): Response => stored({ etag: `"${partOf(attempt)}"` });
const joined = (attempts: readonly Attempt[]): Buffer =>
	Buffer.concat(attempts.toSorted((a, b) => partOf(a) - partOf(b)).map(({ body }) => body));

function* pieces(data: Uint8Array, size: number): Generator<Uint8Array> {
	for (let start = 0; start < data.length; start += size) yield data.subarray(start, start + size);
}

const asyncPieces = async function* (data: Uint8Array, size = 65_537): AsyncGenerator<Uint8Array> {
	yield* pieces(data, size);
};
const web = (data: Uint8Array, size?: number): ReadableStream<Uint8Array> =>
	ReadableStream.from(asyncPieces(data, size));

/** A plan for what was asked, with parts of 5 MiB. */
function planOf(size: number | null, changes: Partial<MultipartPlan> = {}): MultipartPlan {
	const known = multipartPlan(size ?? 0, { partSize, window: windowOf(1, 3), ...changes });
	return size === null ? { ...known, size, partCount: null } : known;
}

const serve = (answers: Answers = {}): FakeEndpoint =>
	createFakeEndpoint({
		create: ({ size, multipart }) =>
			multipart ? planOf(size) : createFakeEndpointPlan(size as number),
		...answers,
	});
const createFakeEndpointPlan = (size: number): unknown => ({
	v: 1,
	kind: "single",
	key: "stored-key",
	uploadId: "u",
	token: "token-0",
	request: { method: "PUT", url: "https://storage.test/a", headers: {}, expiresIn: 300 },
	confirm: size < 0,
	algorithm: "crc32",
});

interface Run {
	readonly api: FakeEndpoint;
	readonly platform: ReturnType<typeof createFakePlatform>;
	readonly upload: ReturnType<ReturnType<typeof createClientFor>["uploadFile"]>;
}

function run(
	file: UploadInput,
	options: { answers?: Answers; storage?: Storage; [option: string]: unknown } = {},
): Run {
	const { answers, storage, ...rest } = options;
	const api = serve(answers);
	const platform = createFakePlatform(storage ?? numbered);
	const upload = createClientFor(platform).uploadFile(file, "a", { ...api.options, ...rest });
	return { api, platform, upload };
}

beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0));

describe("a stream that ends within its first part", () => {
	it.each([
		["empty", 0],
		["of one byte", 1],
		["of exactly the first part", head],
	])("%s goes by one request, with its size and its digest", async (_, size) => {
		const data = bytes(size);
		const { api, platform, upload } = run(web(data));
		expect(await upload).toMatchObject({ size });
		expect(api.calls.create).toMatchObject([
			{ size, multipart: false, checksums: [{ algorithm: "crc32", value: crcOf(data) }] },
		]);
		expect(platform.attempts).toHaveLength(1);
		expect(Buffer.compare(platform.attempts[0]?.body as Uint8Array, data)).toBe(0);
	});

	it("is held in memory, and so begins once more when the storage forgot the upload", async () => {
		const data = bytes(3 * partSize);
		const { api, platform, upload } = run(web(data), {
			multipartThreshold: 1,
			concurrency: 1,
			answers: {
				complete: (_, index) =>
					index === 0 ? problem(404, "upload-not-found") : { key: "k", size: data.length },
			},
			storage: (attempt) =>
				attempt.index === 1 ? refusal(404, "NoSuchUpload") : numbered(attempt),
		});
		await upload;
		expect(api.calls.create.map(({ size }) => size)).toEqual([data.length, data.length]);
		expect(Buffer.compare(joined(platform.attempts.slice(-3)), data)).toBe(0);
	});
});

describe("a longer stream", () => {
	it.each([
		["a web stream", () => web(content)],
		["a stream of Node", () => Readable.from(pieces(content, 100_003))],
		["an async generator", () => asyncPieces(content, 7_000_001)],
		["one large chunk", () => web(content, content.length)],
		[
			"a producer that uses its memory again",
			async function* () {
				const own = new Uint8Array(300_007);
				for (const piece of pieces(content, own.length)) {
					own.set(piece);
					yield own.subarray(0, piece.length);
					yield new Uint8Array();
				}
			},
		],
	])("(%s) goes in parts of unknown number", async (_, make) => {
		const { api, platform, upload } = run(make());
		const result = await upload;
		expect(result).toMatchObject({ key: "stored-key" });
		expect(api.calls.create).toEqual([
			expect.objectContaining({ size: null, multipart: true, kinds: ["multipart"] }),
		]);
		expect(api.calls.create[0]).not.toHaveProperty("checksums");
		expect(Buffer.compare(joined(platform.attempts), content)).toBe(0);
		expect(api.calls.complete).toEqual([
			{
				token: "token-0",
				size: content.length,
				checksum: { algorithm: "crc32", value: crcOf(content) },
				receipts: receiptsOf([1, 2, 3, 4, 5].map((n) => `"${n}"`)),
			},
		]);
	});

	it("signs its short end by its size, also where a window of full parts holds its number", async () => {
		const { api, platform, upload } = run(web(content), {
			answers: { create: ({ size }) => planOf(size, { window: windowOf(1, 32) }) },
		});
		await upload;
		expect(api.calls.parts).toEqual([
			{ token: "token-0", first: 5, count: 1, lastSize: 1_000_003 },
		]);
		const edition = ({ url }: Attempt): string | undefined => url.split("-").at(-1);
		const [first, ...others] = platform.attempts.toSorted((a, b) => partOf(a) - partOf(b));
		expect(others.map(edition).filter((one) => one !== edition(first as Attempt))).toHaveLength(1);
	});

	it("ends with a full part where its length is a multiple", async () => {
		const data = content.subarray(0, 4 * partSize);
		const { api, platform, upload } = run(web(data));
		await upload;
		expect(platform.attempts.map(({ body }) => body.length)).toEqual(Array(4).fill(partSize));
		expect(api.calls.parts.every((call) => !("lastSize" in call))).toBe(true);
		expect(api.calls.complete[0]).toMatchObject({ size: data.length });
	});

	it("is read on where a part is larger than what was held back", async () => {
		const large = 18 * mebibyte;
		const { api, platform, upload } = run(web(content), {
			answers: { create: ({ size }) => planOf(size, { partSize: large }) },
		});
		await upload;
		const sizes = platform.attempts.map(({ body }) => body.length);
		expect(sizes.toSorted((a, b) => b - a)).toEqual([large, content.length - large]);
		expect(api.calls.parts.at(-1)).toMatchObject({ first: 2, lastSize: content.length - large });
		expect(Buffer.compare(joined(platform.attempts), content)).toBe(0);
	});

	it("asks for windows while parts come, each part once", async () => {
		const small = mebibyte;
		const { api, upload } = run(web(content), {
			concurrency: 2,
			answers: {
				create: ({ size }) => planOf(size, { partSize: small }),
				parts: ({ first, count }) => windowOf(first, Math.min(count, 4)),
			},
		});
		await upload;
		const windows = api.calls.parts.filter((call) => !("lastSize" in call));
		expect(windows.map(({ first }) => first)).toEqual(
			[4, 8, 12, 16, 20, 24].slice(0, windows.length),
		);
		expect(windows.length).toBeGreaterThan(3);
		expect(windows.every(({ count }) => count === 500)).toBe(true);
		expect(api.calls.parts.at(-1)).toMatchObject({ first: 21, count: 1 });
	});

	it("signs a refused end anew, with its size", async () => {
		let refused = 0;
		const { api, upload } = run(web(content), {
			storage: (attempt) =>
				partOf(attempt) === 5 && refused++ === 0 ? refusal(403, "AccessDenied") : numbered(attempt),
		});
		await upload;
		const ends = api.calls.parts.filter(({ lastSize }) => lastSize !== undefined);
		expect(ends).toEqual(Array(2).fill(expect.objectContaining({ first: 5, lastSize: 1_000_003 })));
	});

	it("sends a part that failed again, from memory", async () => {
		const { api, platform, upload } = run(web(content), {
			concurrency: 2,
			storage: (attempt) => {
				if (attempt.index % 2 === 0) throw connectionLost();
				return numbered(attempt);
			},
		});
		await upload;
		expect(platform.attempts.length).toBeGreaterThan(7);
		expect(api.calls.complete[0]?.checksum?.value).toBe(crcOf(content));
	});

	it("holds no more than the parts in flight, in memory that is used again", async () => {
		let given = 0;
		let storedBytes = 0;
		let most = 0;
		const data = bytes(65_536);
		const source = async function* (): AsyncGenerator<Uint8Array> {
			for (; given < 42 * mebibyte; given += data.length) {
				// what was handed over and is not stored yet, with the chunk that is asked for now
				if (given > head) most = Math.max(most, given + data.length - storedBytes);
				yield data;
			}
		};
		const { upload } = run(source(), {
			concurrency: 3,
			answers: { create: ({ size }) => planOf(size, { partSize: 3 * mebibyte }) },
			storage: async (attempt) => {
				await pause(1);
				storedBytes += attempt.body.length;
				return numbered(attempt);
			},
		});
		const made = vi.spyOn(globalThis, "Uint8Array");
		await upload;
		const sizes: unknown[] = made.mock.calls.map(([size]: readonly unknown[]) => size);
		made.mockRestore();
		expect(sizes.filter((size) => size === 3 * mebibyte).length).toBeLessThanOrEqual(3);
		expect(given).toBe(42 * mebibyte);
		expect(most).toBeLessThanOrEqual(head + 2 * data.length);
	});

	it("is read for four parts at once, unless the caller says otherwise", async () => {
		const read = async (options: object, parts: number): Promise<number> => {
			let given = 0;
			const source = async function* (): AsyncGenerator<Uint8Array> {
				for (given = mebibyte; given < 100 * mebibyte; given += mebibyte) {
					yield new Uint8Array(mebibyte);
				}
			};
			const { platform, upload } = run(source(), {
				answers: { create: ({ size }) => planOf(size, { partSize: head }) },
				storage: () => new Promise<never>(() => {}),
				...options,
			});
			await eventually(() => platform.attempts.length >= parts);
			await pause(100);
			upload.abort();
			await failureOf(upload);
			// with the chunk that is asked for, at most
			return Math.floor(given / head);
		};
		expect(await read({}, 4)).toBe(4);
		expect(await read({ concurrency: 3 }, 3)).toBe(3);
		expect(await read({ concurrency: 2 }, 2)).toBe(2);
	});

	it("is read one part ahead of its turn where other uploads have theirs", async () => {
		let given = 0;
		const source = async function* (): AsyncGenerator<Uint8Array> {
			for (let left = 80; left > 0; left--) {
				given++;
				yield new Uint8Array(mebibyte);
			}
		};
		const platform = createFakePlatform(() => new Promise<never>(() => {}));
		const { options } = serve({
			create: ({ size, multipart }) =>
				multipart ? planOf(size, { partSize: head }) : createFakeEndpointPlan(size as number),
		});
		const client = createClientFor(platform).createClient({ ...options, concurrency: 3 });
		const files = [1, 2].map(() => client.uploadFile(bytes(10), "a"));
		await eventually(() => platform.attempts.length === 2);
		const streams = [1, 2, 3].map(() => client.uploadFile(source(), "b"));
		await eventually(() => platform.attempts.length >= 3);
		await pause(100);
		expect(platform.attempts).toHaveLength(3);
		// a part of each, and another of the one that has its turn, each with the chunk that is asked for
		expect(given).toBeLessThanOrEqual(4 * 17);
		for (const upload of [...files, ...streams]) {
			upload.abort();
			await failureOf(upload);
		}
	});

	it("is not read while the upload is paused", async () => {
		let given = 0;
		const source = async function* (): AsyncGenerator<Uint8Array> {
			for (const piece of pieces(content, 100_000)) {
				given += piece.length;
				yield piece;
			}
		};
		const { platform, upload } = run(source(), {
			concurrency: 1,
			answers: { create: ({ size }) => planOf(size, { partSize: head }) },
			storage: async (attempt) => {
				if (attempt.index === 0) upload.pause();
				return numbered(attempt);
			},
		});
		await eventually(() => upload.state === "paused");
		await pause(30);
		expect(given).toBeLessThan(head + 200_000);
		expect(platform.attempts).toHaveLength(1);
		upload.resume();
		await upload;
		expect(given).toBe(content.length);
	});
});

describe("the size of a stream, where it is given", () => {
	it("is planned with, and is the total from the start", async () => {
		const seen: Progress[] = [];
		const { api, platform, upload } = run(web(content), {
			size: content.length,
			onProgress: (progress: Progress) => seen.push(progress),
		});
		await upload;
		expect(api.calls.create).toMatchObject([
			{ size: content.length, multipart: true, kinds: ["multipart"] },
		]);
		expect(api.calls.parts.every((call) => !("lastSize" in call))).toBe(true);
		expect(api.calls.complete[0]).not.toHaveProperty("size");
		expect(api.calls.complete[0]?.checksum?.value).toBe(crcOf(content));
		expect(Buffer.compare(joined(platform.attempts), content)).toBe(0);
		expect(seen.every(({ total }) => total === content.length)).toBe(true);
	});

	it("changes nothing for a stream that ends within its first part, or for a file", async () => {
		const short = run(web(bytes(10)), { size: 10 });
		await short.upload;
		expect(short.api.calls.create).toMatchObject([{ size: 10, multipart: false }]);
		const file = run(bytes(10), { size: 20 });
		await file.upload;
		expect(file.api.calls.create).toMatchObject([{ size: 10 }]);
	});

	it.each([
		["a short stream is shorter", 10, 11, 0],
		["a short stream is longer", 11, 10, 0],
		["a long stream ends within the first part", head, head + 1, 0],
		["a long stream has more than the first part", head + 1, head, 0],
		["a long stream is shorter", content.length - 1, content.length, 1],
		["a long stream is longer", content.length + 1, content.length, 1],
		["a long stream is longer than its full parts", 4 * partSize + 1, 4 * partSize, 1],
	])("fails before anything is committed when %s", async (_, actual, size, created) => {
		const data = new Uint8Array(actual);
		const { api, upload } = run(web(data), { size });
		const error = await failureOf(upload);
		expect(error).toMatchObject({ code: "invalid-size", retryable: false });
		expect(error.message).toContain(`${size} bytes`);
		expect(api.calls.create).toHaveLength(created);
		expect(api.calls.complete).toEqual([]);
		expect(api.calls.abort).toHaveLength(created);
	});
});

describe("progress of a stream", () => {
	it("has no total and no time left until the end is seen, and never falls", async () => {
		const seen: Progress[] = [];
		let ended = false;
		let seenAtEnd = 0;
		const source = async function* (): AsyncGenerator<Uint8Array> {
			for (const piece of pieces(content, 500_000)) {
				await pause(2);
				yield piece;
			}
			ended = true;
			seenAtEnd = seen.length;
		};
		const { upload } = run(source(), {
			onProgress: (progress: Progress) => seen.push(progress),
			storage: async (attempt) => {
				await pause(5);
				return numbered(attempt);
			},
		});
		await upload;
		expect(ended).toBe(true);
		const before = seen.slice(0, seenAtEnd);
		expect(before.length).toBeGreaterThan(0);
		for (const progress of before) {
			expect(progress).not.toHaveProperty("total");
			expect(progress).not.toHaveProperty("secondsLeft");
		}
		const after = seen.slice(seenAtEnd);
		expect(after.every(({ total }) => total === content.length)).toBe(true);
		expect(after.length).toBeGreaterThanOrEqual(2);
		const loaded = seen.map((progress) => progress.loaded);
		expect(loaded).toEqual(loaded.toSorted((a, b) => a - b));
		expect(loaded.at(-1)).toBe(content.length);
	});
});

describe("a storage that refuses parts without a digest of their own", () => {
	/** The first upload names a digest of the whole object, the second one a digest for each part. */
	const restarting = (restart: boolean): Answers => ({
		create: ({ size, algorithms }) =>
			planOf(
				size,
				algorithms?.join() === "md5" ? { token: "token-1", window: digested(1, 3) } : {},
			),
		parts: ({ token, first, count }) =>
			(token === "token-1" ? digested : windowOf)(first, Math.min(count, 4)),
		complete: ({ token }) =>
			token === "token-0"
				? problem(422, "invalid-parts", { restart })
				: { key: "k", size: content.length },
	});
	const digested = (first: number, count: number) =>
		windowOf(first, count, {
			// as Content-MD5; the fake platform computes CRC32 only
			partChecksum: { algorithm: "crc32", header: "x-digest", encoding: "base64" },
		});
	const wantsDigests = (attempt: Attempt): Response =>
		attempt.headers["x-digest"] ? numbered(attempt) : refusal(400, "InvalidRequest");

	it.each([1, 4])(
		"gets a stream from its first byte, with digests, %i parts at once",
		async (concurrency) => {
			for (const size of [undefined, content.length]) {
				const answers = restarting(true);
				const { api, platform, upload } = run(web(content), {
					...{ answers, storage: wantsDigests, concurrency },
					...(size && { size }),
				});
				expect(await upload).toMatchObject({ key: "k" });
				const taken = platform.attempts.filter(({ headers }) => headers["x-digest"]);
				expect(joined(taken).equals(content)).toBe(true);
				expect(taken).toHaveLength(5);
				expect(api.calls.create).toHaveLength(2);
				expect(api.calls.complete).toHaveLength(2);
				expect(api.calls.complete[0]).toMatchObject({ refusal: "400 InvalidRequest" });
			}
		},
	);

	it("is not taken for the end of a stream that fails meanwhile", async () => {
		async function* failing(): AsyncGenerator<Uint8Array> {
			yield* pieces(content.subarray(0, head + 1), 65_537);
			throw new Error("the source broke");
		}
		const { api, upload } = run(failing(), { answers: restarting(true), storage: wantsDigests });
		expect(await failureOf(upload)).toMatchObject({ code: "invalid-request" });
		expect(api.calls.complete.filter(({ token }) => token === "token-1")).toEqual([]);
	});

	it("fails with the refusal when the server asks for no restart, or a part is stored", async () => {
		const refused = run(web(content), { answers: restarting(false), storage: wantsDigests });
		expect(await failureOf(refused.upload)).toMatchObject({ code: "storage-error", status: 400 });
		const late = run(web(content), {
			answers: restarting(true),
			concurrency: 1,
			storage: (attempt) => (partOf(attempt) === 1 ? numbered(attempt) : wantsDigests(attempt)),
		});
		expect(await failureOf(late.upload)).toMatchObject({ code: "storage-error", status: 400 });
		for (const { api } of [refused, late]) expect(api.calls.create).toHaveLength(1);
	});
});

describe("a failure that a stream cannot recover from", () => {
	it("when the storage has lost the upload: it does not start over", async () => {
		const { api, platform, upload } = run(web(content), {
			concurrency: 1,
			answers: { list: () => problem(404, "upload-not-found") },
			storage: (attempt) =>
				attempt.index === 2 ? refusal(404, "NoSuchUpload") : numbered(attempt),
		});
		const error = await failureOf(upload);
		expect(error).toMatchObject({ code: "upload-not-found", retryable: false });
		expect(error.message).toContain("can't be read again");
		expect(api.calls.create).toHaveLength(1);
		expect(api.calls.complete).toEqual([]);
		expect(platform.attempts).toHaveLength(3);
	});

	it("when the storage refuses the upload after a competing write", async () => {
		const { api, upload } = run(web(content), {
			answers: {
				complete: () => {
					const answer = problem(409, "conflict");
					answer.headers.set("retry-after", "0");
					return answer;
				},
			},
		});
		const error = await failureOf(upload);
		expect(error).toMatchObject({ code: "upload-not-found", retryable: false });
		expect(error.message).toMatch(/another write to its key.*can't be read again/i);
		expect(api.calls).toMatchObject({ create: { length: 1 }, complete: { length: 2 } });
		expect(api.calls.abort).toEqual([{ token: "token-0" }]);
	});

	it("when the stored bytes differ: nothing is sent again, and the upload is aborted", async () => {
		const { api, platform, upload } = run(web(content), {
			answers: {
				complete: () =>
					problem(422, "checksum-mismatch", { errors: [{ detail: "broken", partNumber: 1 }] }),
			},
		});
		const error = await failureOf(upload);
		expect(error).toMatchObject({ code: "checksum-mismatch", requestId: "r-1", retryable: false });
		expect(error.message).toMatch(/^Detail of checksum-mismatch\. .*can't be read again/);
		expect(platform.attempts).toHaveLength(5);
		expect(api.calls.complete).toHaveLength(1);
		expect(api.calls.abort).toEqual([{ token: "token-0" }]);
	});
});

describe("a stream that is larger than the rule", () => {
	it("fails with the server's words, few calls after, and is cancelled", async () => {
		const cancel = vi.fn();
		const endless = new ReadableStream<Uint8Array>({
			pull: (controller) => controller.enqueue(new Uint8Array(mebibyte)),
			cancel,
		});
		const { api, platform, upload } = run(endless, {
			answers: {
				create: ({ size }) => planOf(size, { window: windowOf(1, 5) }),
				parts: () => problem(413, "too-large"),
			},
		});
		const error = await failureOf(upload);
		expect(error).toMatchObject({ code: "too-large", message: "Detail of too-large." });
		expect(platform.attempts.map(partOf).every((part) => part <= 5)).toBe(true);
		// once ahead, and once for each part that was in flight
		expect(api.calls.parts.length).toBeLessThanOrEqual(1 + 4);
		expect(api.calls.abort).toEqual([{ token: "token-0" }]);
		expect(cancel).toHaveBeenCalledOnce();
	});

	it("may be allowed less than a part: its plan has an empty window", async () => {
		const { api, upload } = run(web(content), {
			answers: {
				create: ({ size }) => planOf(size, { partSize: 32 * mebibyte, window: windowOf(1, 0) }),
				parts: ({ first, count }) => windowOf(first, count),
			},
		});
		await upload;
		expect(api.calls.parts).toEqual([
			{ token: "token-0", first: 1, count: 1, lastSize: content.length },
		]);
	});
});

const usedReadable = async (): Promise<Readable> => {
	const stream = Readable.from(pieces(content, 1_000));
	for await (const _ of stream.iterator({ destroyOnReturn: false })) break;
	return stream;
};

describe("a stream that is of no use", () => {
	const used = async (): Promise<ReadableStream<Uint8Array>> => {
		const stream = web(content);
		const reader = stream.getReader();
		await reader.read();
		reader.releaseLock();
		return stream;
	};
	const locked = async (): Promise<ReadableStream<Uint8Array>> => {
		const stream = web(content);
		stream.getReader();
		return stream;
	};
	it.each([
		["locked", locked, "in use"],
		["read before", used, "read before"],
		["a stream of Node that was read before", usedReadable, "read before"],
		["of text", async () => Readable.from(["text"]), "type string"],
		[
			"of text after a while",
			async () => Readable.from([Buffer.alloc(head + 1), "text"], { objectMode: true }),
			"type string",
		],
		["of objects", async () => ReadableStream.from([{}]), "type object"],
		["of nothing", async () => ReadableStream.from([null]), "type object"],
	])("(%s) is refused in words", async (_, make, words) => {
		const { api, upload } = run((await make()) as ReadableStream<Uint8Array>);
		const error = await failureOf(upload);
		expect(error).toMatchObject({ code: "invalid-request", retryable: false });
		expect(error.message).toContain(words);
		expect(api.calls.complete).toEqual([]);
		expect(api.calls.abort).toHaveLength(api.calls.create.length);
	});

	it("fails with its own error as the cause, before anything is begun", async () => {
		const cause = new Error("the disk is gone");
		const failing = async function* (): AsyncGenerator<Uint8Array> {
			yield new Uint8Array(10);
			throw cause;
		};
		for (const stream of [failing(), ReadableStream.from(failing()), Readable.from(failing())]) {
			const { api, upload } = run(stream);
			expect(await failureOf(upload)).toMatchObject({ code: "invalid-request", cause });
			expect(api.requests).toEqual([]);
		}
	});

	it("fails with its own error in the middle, and the upload is forgotten on the server", async () => {
		const cause = new Error("the disk is gone");
		const failing = async function* (): AsyncGenerator<Uint8Array> {
			yield content;
			throw cause;
		};
		const { api, upload } = run(failing());
		expect(await failureOf(upload)).toMatchObject({ code: "invalid-request", cause });
		expect(api.calls.complete).toEqual([]);
		expect(api.calls.abort).toEqual([{ token: "token-0" }]);
	});

	it("fails when a stream of Node is destroyed without a word", async () => {
		const stream = new Readable({ read() {} });
		stream.push(new Uint8Array(10));
		const { upload } = run(stream);
		await pause(5);
		stream.destroy();
		expect(await failureOf(upload)).toMatchObject({
			code: "invalid-request",
			cause: { code: "ERR_STREAM_PREMATURE_CLOSE" },
		});
	});
});

describe("a stream whose upload fails before anybody reads it", () => {
	/** Streams of all kinds, and what is called to let go of them. */
	const streams = {
		web: () => {
			const cancel = vi.fn();
			return { stream: new ReadableStream<Uint8Array>({ cancel }), cancel };
		},
		"of Node": () => {
			const cancel = vi.fn();
			// fails as it is let go, as a file does that was never there
			const destroy = (_: Error | null, done: (error: Error) => void): void => {
				cancel();
				done(new Error("late"));
			};
			return { stream: new Readable({ read() {}, destroy }), cancel };
		},
		iterable: () => {
			const cancel = vi.fn(async () => ({ done: true, value: undefined }) as const);
			const iterator = { next: () => new Promise<never>(() => {}), return: cancel };
			return { stream: { [Symbol.asyncIterator]: () => iterator }, cancel };
		},
	};
	const cases: readonly (readonly [string, string, object])[] = [
		["invalid-key", "", {}],
		["invalid-request", "a", { checksum: "yes" }],
		["aborted", "a", { signal: AbortSignal.abort() }],
	];
	it.each(
		Object.entries(streams).flatMap(([kind, make]) =>
			cases.map(([code, key, options]) => ({ kind, code, key, options, make })),
		),
	)("($kind) is let go when it is $code", async ({ make, key, options, code }) => {
		const { stream, cancel } = make();
		const { uploadFile } = createClientFor(createFakePlatform());
		const upload = uploadFile(stream, key, { ...serve().options, ...options });
		expect((await failureOf(upload)).code).toBe(code);
		await eventually(() => cancel.mock.calls.length === 1);
	});

	it("is left to whoever reads it already", async () => {
		const stream = await usedReadable();
		expect((await failureOf(run(stream).upload)).code).toBe("invalid-request");
		expect(stream.destroyed).toBe(false);
	});
});

describe("abort", () => {
	/** Gives so many bytes, and then none for ever. */
	const stalling = (size: number) => {
		const cancel = vi.fn(() => new Promise<void>(() => {}));
		const destroy = vi.fn();
		return {
			cancel,
			destroy,
			web: new ReadableStream<Uint8Array>({
				start: (controller) => controller.enqueue(new Uint8Array(size)),
				cancel,
			}),
			node: new Readable({
				read() {
					if (size > 0) this.push(new Uint8Array(size));
					size = 0;
				},
				destroy(error, done) {
					destroy();
					done(error);
				},
			}),
		};
	};

	it.each([
		["before the upload has begun", 10, 0],
		["in the middle", head + 1, 1],
	])("cancels a stream that stalls %s", async (_, size, created) => {
		for (const kind of ["web", "node"] as const) {
			const stream = stalling(size);
			const { api, upload } = run(stream[kind], {
				answers: { create: ({ size: asked }) => planOf(asked, { partSize: head }) },
			});
			await eventually(() => api.calls.create.length === created);
			await pause(20);
			expect(upload.state).toBe(created ? "uploading" : "starting");
			upload.abort("enough");
			expect(await failureOf(upload)).toMatchObject({ code: "aborted", cause: "enough" });
			await eventually(() => stream[kind === "web" ? "cancel" : "destroy"].mock.calls.length === 1);
			expect(api.calls.abort).toHaveLength(created);
		}
	});

	it("ends an async generator where it stands", async () => {
		let ended = false;
		const endless = async function* (): AsyncGenerator<Uint8Array> {
			try {
				for (;;) {
					await pause(1);
					yield new Uint8Array(mebibyte);
				}
			} finally {
				ended = true;
			}
		};
		const { platform, upload } = run(endless());
		await eventually(() => platform.attempts.length > 2);
		upload.abort();
		expect((await failureOf(upload)).code).toBe("aborted");
		await eventually(() => ended);
	});
});

it("a file stream of a path that does not exist rejects the upload and leaves the process alone", async () => {
	const { createClient } = await import("../../src/node/index.js");
	const client = createClient({ endpoint: "http://127.0.0.1:9/" });
	const upload = client.uploadFile(createReadStream("/does/not/exist"), "a");
	expect(await failureOf(upload)).toMatchObject({
		code: "invalid-request",
		cause: { code: "ENOENT" },
	});
});
