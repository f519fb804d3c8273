import { afterEach, describe, expect, inject, it, vi } from "vitest";
import { openSource } from "../../src/browser/blob-source.js";
import type { UploadBody, UploadSource } from "../../src/platform.js";

const missing = inject("missing");
const mebibyte = 2 ** 20;

/** No two mebibytes of it are alike. */
const bytes = Uint8Array.from({ length: 3 * mebibyte + 17 }, (_, i) => (i * 31) ^ (i >> 13));
const file = new Blob([bytes]);
const notReadable = new DOMException("gone", "NotReadableError");

afterEach(() => vi.restoreAllMocks());

async function bodyOf(blob: Blob, start = 0, end = blob.size): Promise<UploadBody> {
	return ((await openSource(blob)) as UploadSource).slice(start, end);
}

/** All bytes, and the sizes of the chunks they came in. */
async function collect(body: UploadBody): Promise<{ all: Uint8Array; sizes: number[] }> {
	const copies: Uint8Array<ArrayBuffer>[] = [];
	for await (const chunk of body.chunks()) copies.push(chunk.slice());
	const all = new Uint8Array(await new Blob(copies).arrayBuffer());
	return { all, sizes: copies.map(({ length }) => length) };
}

async function readAll(body: UploadBody): Promise<void> {
	for await (const _ of body.chunks());
}

/** As where a Blob's stream fills only buffers of its own. */
function forbidOwnBuffers(): void {
	const { getReader } = ReadableStream.prototype;
	vi.spyOn(ReadableStream.prototype, "getReader").mockImplementation(function (
		this: ReadableStream,
		options?: object,
	) {
		if (options) throw new TypeError("not a byte stream");
		return getReader.call(this);
	} as typeof getReader);
}

const same = (one: Uint8Array, other: Uint8Array): boolean =>
	one.length === other.length && one.every((byte, i) => byte === other[i]);

/** What is asked for is there at once, so that nothing but the reader ever ends a task. */
function readyStream(): ReadableStream {
	return new ReadableStream({
		type: "bytes",
		pull: ({ byobRequest }) => byobRequest?.respond(byobRequest.view?.byteLength ?? 0),
	});
}

const intoOneBuffer = {
	prepare: () => {},
	makeReady: () => vi.spyOn(Blob.prototype, "stream").mockImplementation(readyStream),
	most: mebibyte / 4,
};
const bySlices = {
	prepare: forbidOwnBuffers,
	makeReady: () =>
		vi.spyOn(Blob.prototype, "arrayBuffer").mockImplementation(async function (this: Blob) {
			return new ArrayBuffer(this.size);
		}),
	most: mebibyte,
};

describe.each([
	...(missing.readInto ? [] : [["into one buffer", intoOneBuffer] as const]),
	["by slices, in browsers that cannot read into a given buffer", bySlices] as const,
])("the chunks of a Blob, %s,", (_, { prepare, makeReady, most }) => {
	it.each([
		["all of it", 0, bytes.length],
		["a piece of whole mebibytes", 17, 2 * mebibyte + 17],
		["a piece of one byte", bytes.length - 1, bytes.length],
		["a piece a byte longer than a mebibyte", 5, mebibyte + 6],
		["nothing", 5, 5],
	])("are %s, of a bounded size each, as often as wanted", async (_, start, end) => {
		prepare();
		const body = await bodyOf(file, start, end);
		for (let round = 0; round < 2; round++) {
			const read = await collect(body);
			expect(Math.max(0, ...read.sizes)).toBeLessThanOrEqual(most);
			expect(same(read.all, bytes.subarray(start, end))).toBe(true);
		}
	});

	it("are none of an empty Blob", async () => {
		prepare();
		expect((await collect(await bodyOf(new Blob([])))).sizes).toEqual([]);
	});

	it("leave other tasks their turn every few milliseconds, even where all has been read ahead", async () => {
		prepare();
		makeReady();
		let turns = 0;
		const { port1, port2 } = new MessageChannel();
		port1.onmessage = () => {
			turns++;
			port2.postMessage(0);
		};
		port2.postMessage(0);
		const seen: number[] = [];
		for await (const _ of (await bodyOf(new Blob([new Uint8Array(12 * mebibyte)]))).chunks()) {
			const began = performance.now();
			while (performance.now() - began < 4);
			seen.push(turns);
		}
		port1.close();
		expect(new Set(seen).size).toBeGreaterThan(5);
	});

	it("do not mix where two are read at once", async () => {
		prepare();
		const [one, other] = await Promise.all([
			collect(await bodyOf(file)),
			collect(await bodyOf(file, 1)),
		]);
		expect(same(one.all, bytes) && same(other.all, bytes.subarray(1))).toBe(true);
	});
});

describe("the chunks of a Blob", () => {
	it("come in the same memory, which the reader gives up for the next", async ({ skip }) => {
		skip(missing.readInto !== undefined, missing.readInto);
		const chunks: Uint8Array[] = [];
		for await (const chunk of (await bodyOf(file)).chunks()) chunks.push(chunk);
		expect(chunks.slice(0, -1).every(({ byteLength }) => byteLength === 0)).toBe(true);
		expect(chunks.at(-1)?.buffer.byteLength).toBe(mebibyte / 4);
	});

	it("all come while the page makes garbage, whose collection must not take the streams along", async () => {
		// Chromium alone has been seen to do that
		const rounds = inject("engine") === "chromium" ? 6 : 2;
		const garbage = setInterval(() => {
			for (let i = 0; i < 20; i++) new Uint8Array(2_000_000).fill(1);
			JSON.stringify(Array.from({ length: 20_000 }, (_, i) => ({ i })));
		}, 30);
		const work = async (): Promise<void> => {
			for (let round = 0; round < rounds; round++) {
				let size = 0;
				const blob = new Blob([new Uint8Array(5_000_000)]);
				for await (const chunk of (await bodyOf(blob)).chunks()) size += chunk.length;
				expect(size).toBe(5_000_000);
			}
		};
		await Promise.all([work(), work(), work(), work(), work()]);
		clearInterval(garbage);
	});

	it("are read no further once nobody wants more, and the stream is cancelled", async ({
		skip,
	}) => {
		skip(missing.readInto !== undefined, missing.readInto);
		const read = vi.spyOn(ReadableStreamBYOBReader.prototype, "read");
		const cancel = vi.spyOn(ReadableStreamBYOBReader.prototype, "cancel");
		for await (const _ of (await bodyOf(file)).chunks()) break;
		const reads = read.mock.calls.length;
		expect(cancel).toHaveBeenCalledTimes(1);
		await cancel.mock.results[0]?.value;
		expect(read).toHaveBeenCalledTimes(reads);
	});

	it("end as a changed file where a read fails, at once or later", async ({ skip }) => {
		skip(missing.readInto !== undefined, missing.readInto);
		for (const successes of [0, 2]) {
			const { read } = ReadableStreamBYOBReader.prototype;
			let calls = 0;
			vi.spyOn(ReadableStreamBYOBReader.prototype, "read").mockImplementation(function (
				this: ReadableStreamBYOBReader,
				view: ArrayBufferView<ArrayBuffer>,
			) {
				return calls++ < successes ? read.call(this, view) : Promise.reject(notReadable);
			} as typeof read);
			await expect(readAll(await bodyOf(file))).rejects.toMatchObject({
				code: "file-changed",
				cause: notReadable,
			});
			vi.restoreAllMocks();
		}
	});

	it("end as a changed file where a slice cannot be read", async () => {
		forbidOwnBuffers();
		vi.spyOn(Blob.prototype, "arrayBuffer").mockRejectedValue(notReadable);
		await expect(readAll(await bodyOf(file))).rejects.toMatchObject({
			code: "file-changed",
			cause: notReadable,
		});
	});

	it("end as a changed file where the stream ends too early", async ({ skip }) => {
		skip(missing.readInto !== undefined, missing.readInto);
		const short = new Blob([bytes.subarray(0, 5)]).stream();
		vi.spyOn(Blob.prototype, "stream").mockReturnValue(short);
		await expect(readAll(await bodyOf(file))).rejects.toMatchObject({ code: "file-changed" });
	});
});
