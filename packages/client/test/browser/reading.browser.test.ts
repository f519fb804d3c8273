import { afterEach, beforeEach, expect, inject, it, type MockInstance, vi } from "vitest";
import { createClient } from "../../src/browser/index.js";

const size = 40_000_000;
// without a type its first byte would be read, since it may be a folder
const file = new File([new Uint8Array(size).fill(7)], "name", { type: "image/png" });
const client = createClient({ endpoint: inject("endpoint") });
const unique = (): string => `files/${crypto.randomUUID()}`;

const missing = inject("missing");

/** Bytes of every read that the page makes, in order. */
let reads: number[];
let sends: MockInstance<XMLHttpRequest["send"]>;
beforeEach(() => {
	reads = [];
	for (const name of ["text", "bytes", "arrayBuffer"] as const) {
		if (!(name in Blob.prototype)) continue;
		vi.spyOn(Blob.prototype, name).mockImplementation(() => {
			throw new Error(`read by ${name}()`);
		});
	}
	// samples of a file are read whole
	watchSlices(missing.readInto ? 2 ** 20 : 4_096);
	if (!missing.readInto) watchReader();
	sends = vi.spyOn(XMLHttpRequest.prototype, "send");
});
afterEach(() => vi.restoreAllMocks());

function watchReader(): void {
	const { read } = ReadableStreamBYOBReader.prototype;
	vi.spyOn(ReadableStreamBYOBReader.prototype, "read").mockImplementation(async function (
		this: ReadableStreamBYOBReader,
		view: ArrayBufferView<ArrayBuffer>,
	) {
		expect(view.buffer.byteLength).toBeLessThanOrEqual(2 ** 18);
		const result = await read.call(this, view);
		reads.push(result.value?.byteLength ?? 0);
		return result;
	} as ReadableStreamBYOBReader["read"]);
}

/** @param most bytes of a Blob that is read whole */
function watchSlices(most: number): void {
	vi.mocked(Blob.prototype.arrayBuffer).mockImplementation(function (this: Blob) {
		expect(this.size).toBeLessThanOrEqual(most);
		reads.push(this.size);
		return new Response(this).arrayBuffer();
	});
}

const bodies = (): readonly unknown[] => sends.mock.calls.map(([body]) => body);

/** Ends with the milliseconds of every task that held the page up for more than 50, where they are reported. */
function watchLongTasks(): () => readonly number[] {
	const found: PerformanceEntry[] = [];
	const observer = new PerformanceObserver((list) => found.push(...list.getEntries()));
	if (!missing.longTasks) observer.observe({ type: "longtask" });
	return () => {
		found.push(...observer.takeRecords());
		observer.disconnect();
		return found.map(({ duration }) => duration);
	};
}

/** Of a file in parts, before the first one and after the last one. */
const samples = 2 * 64 * (navigator.userAgent.includes("Firefox") ? 64 : 16);

it.each([
	["one PUT", "by small pieces, each byte once", 100_000_000, size],
	// the worker needs byte streams
	[
		"parts of 16 MiB",
		"in a worker, where it can",
		10_000_000,
		samples + (missing.readInto ? size : 0),
	],
])("sends a file by %s as Blobs, and digests it %s", async (_, __, threshold, read) => {
	const tasks = watchLongTasks();
	const result = await client.uploadFile(file, unique(), { multipartThreshold: threshold });
	// none on a quiet machine; a busy one takes the processor away in the middle of some
	expect(tasks().length).toBeLessThan(size / 2 ** 21);
	expect(result.checksum?.algorithm).toBe("crc32");
	expect(reads.reduce((sum, bytes) => sum + bytes, 0)).toBe(read);
	expect(bodies().every((body) => body instanceof Blob)).toBe(true);
	expect(bodies().length).toBe(threshold < size ? 3 : 1);
});

it("reads nothing where no checksum is wanted", async () => {
	await client.uploadFile(file, unique(), { checksum: false });
	expect(reads).toEqual([]);
	expect(bodies()).toEqual([expect.any(Blob)]);
});
