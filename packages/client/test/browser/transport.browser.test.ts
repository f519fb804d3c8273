import { describe, expect, inject, it, onTestFinished, vi } from "vitest";
import { openSource } from "../../src/browser/blob-source.js";
import { createBrowserPlatform } from "../../src/browser/platform.js";
import { sendAndDigest } from "../../src/browser/send-and-digest.js";
import type { SendOptions, UploadSource } from "../../src/platform.js";
import { NetworkError } from "../../src/transport-errors.js";

const base = inject("faulty");

interface Attempt {
	readonly path: string;
	readonly file?: Blob;
	readonly options?: Partial<SendOptions>;
	readonly headers?: Readonly<Record<string, string>>;
}

async function send(attempt: Attempt): Promise<Response> {
	const { path, file = new Blob(["0123456789"]) } = attempt;
	const source = (await openSource(file)) as UploadSource;
	const body = source.slice(0, file.size);
	const sendBody = attempt.options?.hash ? sendAndDigest : createBrowserPlatform().send;
	return await sendBody({ method: "PUT", url: base + path, headers: attempt.headers ?? {} }, body, {
		signal: new AbortController().signal,
		stallTimeout: 5_000,
		onSent: () => {},
		...attempt.options,
	});
}

const seen = (response: Response): unknown => JSON.parse(response.headers.get("x-seen") ?? "");

describe("a request by XMLHttpRequest", () => {
	it("sends the bytes with their length, the given headers, and no type of its own", async () => {
		const file = new Blob(["0123456789"], { type: "image/png" });
		const response = await send({ path: "/echo/200", file, headers: { "x-own": "1" } });
		expect(seen(response)).toEqual({ method: "PUT", size: 10, length: "10", own: "1" });
		expect(response.headers.get("x-odd")).toBe("a: b");
		expect(await response.text()).toBe("<Error/>");
	});

	it("sends a part of a file only", async () => {
		const source = (await openSource(new Blob(["0123456789"]))) as UploadSource;
		const response = await createBrowserPlatform().send(
			{ method: "PUT", url: `${base}/echo/200`, headers: {} },
			source.slice(7, 10),
			{ signal: new AbortController().signal, stallTimeout: 5_000, onSent: () => {} },
		);
		expect(seen(response)).toMatchObject({ size: 3 });
	});

	it("sends no bytes with a length of 0", async () => {
		const response = await send({ path: "/echo/200", file: new Blob([]) });
		expect(seen(response)).toMatchObject({ size: 0, length: "0" });
	});

	it.each([204, 403, 412, 503])("resolves with an answer of %i", async (status) => {
		expect((await send({ path: `/echo/${status}` })).status).toBe(status);
	});

	it("tells what has left, and digests it all before it resolves", async () => {
		const file = new Blob([new Uint8Array(5_000_000).fill(7)]);
		const sent: number[] = [];
		let digested = 0;
		const hash = {
			update: (chunk: Uint8Array) => {
				expect(chunk.length).toBeLessThanOrEqual(2 ** 20);
				digested += chunk.length;
			},
			digest: () => "",
		};
		await send({ path: "/echo/200", file, options: { onSent: (n) => void sent.push(n), hash } });
		expect(digested).toBe(5_000_000);
		expect(sent.at(-1)).toBe(5_000_000);
		expect(sent).toEqual(sent.toSorted((a, b) => a - b));
	});
});

describe("a request that goes wrong", () => {
	it("rejects a reset as a network failure", async () => {
		await expect(send({ path: "/reset" })).rejects.toEqual(new NetworkError());
	});

	it("ends when no byte moves, whether the body or only the answer is missing", async () => {
		const file = new Blob([new Uint8Array(30_000_000)]);
		const options = { stallTimeout: 300 };
		for (const attempt of [
			{ path: "/stall", file, options },
			{ path: "/silent", options },
		]) {
			await expect(send(attempt)).rejects.toMatchObject({ name: "StallError" });
		}
	});

	it("waits longer than its time-out for the answer, once all of the body has left", async () => {
		vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
		onTestFinished(() => void vi.useRealTimers());
		const left = Promise.withResolvers<void>();
		const onSent = (bytes: number): void => void (bytes === 10 && left.resolve());
		const sending = send({ path: "/held", options: { stallTimeout: 2_000, onSent } });
		await left.promise;
		vi.advanceTimersByTime(7_000);
		await expect.poll(async () => (await fetch(`${base}/release`)).text()).toBe("1");
		expect((await sending).status).toBe(200);
	});

	it("rejects with the reason of its signal, before and while it is sent", async () => {
		const reason = new Error("no more");
		const aborted = AbortSignal.abort(reason);
		await expect(send({ path: "/echo/200", options: { signal: aborted } })).rejects.toBe(reason);
		const controller = new AbortController();
		const sending = send({ path: "/silent", options: { signal: controller.signal } });
		setTimeout(() => controller.abort(reason), 50);
		await expect(sending).rejects.toBe(reason);
	});

	it("names a file that changed after it was chosen", async () => {
		const file = new File(["0123456789"], "a");
		const body = ((await openSource(file)) as UploadSource).slice(0, 10);
		const notReadable = new DOMException("gone", "NotReadableError");
		vi.spyOn(Blob.prototype, "arrayBuffer").mockRejectedValue(notReadable);
		const sending = createBrowserPlatform().send(
			{ method: "PUT", url: `${base}/reset`, headers: {} },
			body,
			{ signal: new AbortController().signal, stallTimeout: 5_000, onSent: () => {} },
		);
		await expect(sending).rejects.toMatchObject({ code: "file-changed", cause: notReadable });
		vi.restoreAllMocks();
	});
});

describe("openSource", () => {
	it.each([
		["a File", new File(["abc"], "a", { type: "text/plain" }), "text/plain"],
		["a Blob", new Blob(["abc"]), undefined],
		["an ArrayBuffer", new Uint8Array(3).buffer, undefined],
		["a view", new Uint8Array(9).subarray(2, 5), undefined],
		["a DataView", new DataView(new ArrayBuffer(9), 2, 3), undefined],
		[
			"WebAssembly memory",
			new Uint8Array(new WebAssembly.Memory({ initial: 1 }).buffer, 9, 3),
			undefined,
		],
		["shared memory", new Uint8Array(sharedMemory(), 2, 3), undefined],
		[
			"a File of another realm",
			new (otherRealm().File)(["abc"], "a", { type: "text/plain" }),
			"text/plain",
		],
		["a buffer of another realm", new (otherRealm().ArrayBuffer)(3), undefined],
		["what opens itself", { open: () => openSource(new Blob(["abc"])) }, undefined],
	])("takes %s", async (_, file, type) => {
		const source = (await openSource(file)) as UploadSource;
		expect([source.size, source.type]).toEqual([3, type]);
	});

	it("copies bytes in memory before it returns", async () => {
		const memory = new WebAssembly.Memory({ initial: 1 });
		const bytes = new Uint8Array(sharedMemory(), 0, 3);
		const pages = new Uint8Array(memory.buffer, 0, 3);
		const opening = [openSource(bytes), openSource(pages)];
		bytes.fill(255);
		pages.fill(255);
		// detaches its buffer
		memory.grow(1);
		for (const source of (await Promise.all(opening)) as UploadSource[]) {
			for await (const chunk of source.slice(0, 3).chunks()) {
				expect([...chunk]).toEqual([0, 0, 0]);
			}
		}
	});

	it("refuses buffers whose bytes are gone", async () => {
		const buffer = new ArrayBuffer(8);
		const views = [
			buffer,
			new Uint8Array(buffer),
			new DataView(buffer),
			new Uint16Array(buffer, 2, 1),
		];
		structuredClone(buffer, { transfer: [buffer] });
		for (const view of views) {
			await expect(openSource(view)).rejects.toMatchObject({ code: "invalid-request" });
		}
	});

	it("refuses more bytes than it copies, and says what to hand in instead", async () => {
		const bytes = new Uint8Array(100_000_001);
		await expect(openSource(bytes)).rejects.toThrow(/100000001 bytes.*Pass a Blob/);
		const source = (await openSource(bytes.subarray(1))) as UploadSource;
		expect(source.size).toBe(100_000_000);
	});

	it.each([
		["a path", "path"],
		["a number", 5],
		["null", null],
		["undefined", undefined],
		["a stream", new ReadableStream()],
		["an array", []],
		["a window", window],
		["a database", indexedDB],
		["what only calls itself a Blob", { [Symbol.toStringTag]: "Blob", size: 3 }],
	])("names what it takes when it is given %s", async (_, file) => {
		const open = vi.spyOn(window, "open");
		await expect(openSource(file)).rejects.toThrow(/File, Blob, ArrayBuffer/);
		expect(open).not.toHaveBeenCalled();
		open.mockRestore();
	});
});

/** Where pages that are not isolated have no `SharedArrayBuffer`, WebAssembly has. */
const sharedMemory = (): SharedArrayBuffer | ArrayBuffer =>
	new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer;

function otherRealm(): typeof globalThis {
	const frame = document.createElement("iframe");
	document.body.append(frame);
	return frame.contentWindow as unknown as typeof globalThis;
}
