import { afterEach, describe, expect, inject, it, vi } from "vitest";
import { createClient, type Progress, type Upload } from "../../src/browser/index.js";
import { createCrc32 } from "../../src/digests/crc32.js";
import { UploadError } from "../../src/errors.js";

const client = createClient({ endpoint: inject("endpoint") });
const unique = (): string => `streams/${crypto.randomUUID()}`;

interface Held {
	readonly size: number;
	readonly crc32: number;
}

const heldAt = async (key: string): Promise<Held> =>
	await (await fetch(`${inject("reader")}/${encodeURIComponent(key)}`)).json();

/** One chunk again and again, in the same memory, until so many bytes were given. */
function makeStream(size: number): { stream: ReadableStream<Uint8Array>; crc: () => number } {
	const hasher = createCrc32();
	const chunk = Uint8Array.from({ length: 500_009 }, (_, i) => (i * 131) % 251);
	let left = size;
	return {
		stream: new ReadableStream({
			pull(controller) {
				if (left === 0) return controller.close();
				const piece = chunk.subarray(0, left);
				left -= piece.length;
				hasher.update(piece);
				controller.enqueue(piece);
			},
		}),
		crc() {
			const bytes = Uint8Array.from(atob(hasher.digest()), (c) => c.charCodeAt(0));
			return new DataView(bytes.buffer).getUint32(0);
		},
	};
}

async function failureOf(upload: Upload): Promise<UploadError> {
	const error = await upload.then(
		() => undefined,
		(reason: unknown) => reason,
	);
	expect(error).toBeInstanceOf(UploadError);
	return error as UploadError;
}

afterEach(() => vi.restoreAllMocks());

describe("a stream in a page", () => {
	it("may be that of another realm, with the chunks of a third", async () => {
		const [realm, other] = [document.createElement("iframe"), document.createElement("iframe")];
		document.body.append(realm, other);
		const { ReadableStream } = realm.contentWindow as unknown as typeof globalThis;
		const { Uint8Array: OtherArray } = other.contentWindow as unknown as typeof globalThis;
		const key = unique();
		const stream = new ReadableStream<Uint8Array>({
			start(controller) {
				controller.enqueue(OtherArray.of(1, 2, 3));
				controller.close();
			},
		});
		expect(await client.uploadFile(stream, key)).toMatchObject({ size: 3 });
		expect(await heldAt(key)).toMatchObject({ size: 3 });
	});

	it.each([
		["empty", 0],
		["short", 1_000_000],
		["of exactly the first part", 16 * 2 ** 20],
		["with a byte more", 16 * 2 ** 20 + 1],
		["of five parts", 70_000_000],
	])("(%s) is stored byte for byte, sent as Blobs of at most one part", async (_, size) => {
		const send = vi.spyOn(XMLHttpRequest.prototype, "send");
		const seen: Progress[] = [];
		const { stream, crc } = makeStream(size);
		const key = unique();
		const result = await client.uploadFile(stream, key, {
			onProgress: (progress) => seen.push(progress),
		});
		expect(result.size).toBe(size);
		expect(await heldAt(key)).toMatchObject({ size, crc32: crc() });
		const bodies = send.mock.calls.map(([body]) => body);
		expect(bodies.every((body) => body instanceof Blob && body.size <= 16 * 2 ** 20)).toBe(true);
		const loaded = seen.map((progress) => progress.loaded);
		expect(loaded).toEqual(loaded.toSorted((a, b) => a - b));
		expect(seen.at(-1)).toMatchObject({ loaded: size, total: size });
		expect("total" in (seen[0] as Progress)).toBe(size <= 16 * 2 ** 20);
	});

	it("leaves the page's own tasks their turn every few milliseconds, also where its bytes are always there", async () => {
		let turns = 0;
		const ticking = setInterval(() => turns++, 1);
		const seen: number[] = [];
		const stream = new ReadableStream<Uint8Array>({
			pull(controller) {
				const began = performance.now();
				while (performance.now() - began < 5);
				seen.push(turns);
				if (seen.length > 50) controller.close();
				else controller.enqueue(new Uint8Array(1_000));
			},
		});
		await client.uploadFile(stream, unique());
		clearInterval(ticking);
		expect(new Set(seen).size).toBeGreaterThan(10);
	});

	it("is the body of an answer, whose length is known", async () => {
		const file = new File([new Uint8Array(20_000_000).fill(7)], "name");
		const { body } = new Response(file);
		if (!body) throw new Error("the answer has a body");
		const seen: Progress[] = [];
		const result = await client.uploadFile(body, unique(), {
			size: file.size,
			onProgress: (progress) => seen.push(progress),
		});
		expect(result.size).toBe(file.size);
		expect(seen.every(({ total }) => total === file.size)).toBe(true);
	});

	it("is refused when it is locked, or was read before", async () => {
		const { stream } = makeStream(10);
		const reader = stream.getReader();
		expect(await failureOf(client.uploadFile(stream, unique()))).toMatchObject({
			code: "invalid-request",
			message: expect.stringContaining("in use"),
		});
		await reader.read();
		reader.releaseLock();
		expect(await failureOf(client.uploadFile(stream, unique()))).toMatchObject({
			code: "invalid-request",
			message: expect.stringContaining("read before"),
		});
	});

	it("is cancelled when the upload is aborted, before it has begun and in the middle", async () => {
		for (const size of [10, 17 * 2 ** 20]) {
			const cancelled = Promise.withResolvers<void>();
			const given = Promise.withResolvers<void>();
			const stream = new ReadableStream<Uint8Array>({
				start: (controller) => controller.enqueue(new Uint8Array(size)),
				pull() {
					given.resolve();
					return new Promise(() => {});
				},
				cancel: () => cancelled.resolve(),
			});
			const upload = client.uploadFile(stream, unique());
			await given.promise;
			upload.abort("enough");
			expect(await failureOf(upload)).toMatchObject({ code: "aborted", cause: "enough" });
			await cancelled.promise;
		}
	});
});
