import { afterEach, beforeEach, expect, inject, it, vi } from "vitest";
import { createDigestWorker } from "../../src/browser/digest-worker.js";
import { createBrowserPlatform } from "../../src/browser/platform.js";
import { createClientModule } from "../../src/client.js";
import { createCrc32 } from "../../src/digests/crc32.js";

const bytes = crypto.getRandomValues(new Uint8Array(60_000)).buffer;
const blob = new Blob(Array.from({ length: 200 }, () => bytes));
const { signal } = new AbortController();

let workers: Worker[];
/** How many workers were told to end. */
let ended: number;
/** What checks a worker every few seconds. */
let checks: (() => void)[];

/** @param onStart called with each worker that starts */
function countWorkers(onStart: (worker: Worker) => void = () => {}): void {
	vi.stubGlobal(
		"Worker",
		class extends Worker {
			constructor(url: string) {
				super(url);
				workers.push(this);
				onStart(this);
			}
			override terminate(): void {
				ended++;
				super.terminate();
			}
		},
	);
}

beforeEach(() => {
	workers = [];
	ended = 0;
	checks = [];
	countWorkers();
	vi.stubGlobal("setInterval", (check: () => void) => checks.push(check));
});
afterEach(() => {
	vi.restoreAllMocks();
	vi.unstubAllGlobals();
});

async function crc32Of(part: Blob): Promise<string> {
	const hasher = createCrc32();
	hasher.update(new Uint8Array(await part.arrayBuffer()));
	return hasher.digest();
}

it("digests many Blobs at once in one worker, which the page does not read", async () => {
	const worker = createDigestWorker();
	const parts = Array.from({ length: 12 }, (_, index) => blob.slice(index * 1_000_000));
	const wanted = await Promise.all(parts.map(crc32Of));
	const read = vi.spyOn(Blob.prototype, "arrayBuffer");
	const stream = vi.spyOn(Blob.prototype, "stream");
	expect(await Promise.all(parts.map((part) => worker.digest(part, signal)))).toEqual(wanted);
	expect(read).not.toHaveBeenCalled();
	expect(stream).not.toHaveBeenCalled();
	expect(workers.length).toBe(1);
});

it("ends the worker when there is nothing to do, and starts another one for the next digest", async () => {
	const worker = createDigestWorker();
	const digest = worker.digest(blob, signal);
	checks[0]?.();
	expect(await digest).toBe(await crc32Of(blob));
	expect(ended).toBe(0);
	checks[0]?.();
	expect(ended).toBe(1);
	expect(await worker.digest(blob.slice(5), signal)).toBe(await crc32Of(blob.slice(5)));
	expect(workers.length).toBe(2);
});

it("ends a digest with its signal, and goes on with others", async () => {
	const worker = createDigestWorker();
	const controller = new AbortController();
	const many = new Blob(Array.from({ length: 50 }, () => blob));
	const aborted = worker.digest(many, controller.signal);
	const other = worker.digest(blob, signal);
	const post = vi.spyOn(Worker.prototype, "postMessage");
	const reason = new Error("no more");
	controller.abort(reason);
	await expect(aborted).rejects.toBe(reason);
	expect(post).toHaveBeenCalledExactlyOnceWith({ id: 1 });
	expect(await other).toBe(await crc32Of(blob));
	expect(workers.length).toBe(1);
});

it("keeps a worker whose answer a busy page has not read yet", async () => {
	const worker = createDigestWorker();
	const digest = worker.digest(blob, signal);
	checks[0]?.();
	checks[0]?.();
	expect(await digest).toBe(await crc32Of(blob));
	expect(ended).toBe(0);
});

it("leaves a digest to the page when the worker was ended from outside", async () => {
	const worker = createDigestWorker();
	const digest = worker.digest(blob, signal);
	workers[0]?.terminate();
	checks[0]?.();
	checks[0]?.();
	checks[0]?.();
	expect(await digest).toBeUndefined();
	expect(await worker.digest(blob, signal)).toBeUndefined();
	expect(workers.length).toBe(1);
});

it("leaves digests to the page when the page cannot read a message of the worker", async () => {
	const worker = createDigestWorker();
	const digest = worker.digest(blob, signal);
	workers[0]?.dispatchEvent(new MessageEvent("messageerror"));
	expect(await digest).toBeUndefined();
	expect(await worker.digest(blob, signal)).toBeUndefined();
	expect(ended).toBe(1);
});

it("leaves digests to the page when the worker cannot read a message", async () => {
	vi.stubGlobal(
		"Worker",
		class extends Worker {
			constructor(url: string) {
				const fault = `onmessage = () => dispatchEvent(new MessageEvent("messageerror"));`;
				super(URL.createObjectURL(new Blob([`importScripts("${url}"); ${fault}`])));
			}
		},
	);
	const worker = createDigestWorker();
	expect(await worker.digest(blob, signal)).toBeUndefined();
});

it.each([
	["throws", "Worker cannot be constructed"],
	["fails", "an error event"],
])("leaves digests to the page where a worker %s: %s", async (how) => {
	vi.stubGlobal(
		"Worker",
		how === "throws"
			? class {
					constructor() {
						throw new TypeError("refused");
					}
				}
			: class extends Worker {
					constructor() {
						super("data:text/javascript,throw 1");
					}
				},
	);
	const worker = createDigestWorker();
	expect(await Promise.all([worker.digest(blob, signal), worker.digest(blob, signal)])).toEqual([
		undefined,
		undefined,
	]);
});

it("gives an upload in parts its checksum all the same when its worker is ended", async () => {
	vi.unstubAllGlobals();
	const { setInterval } = globalThis;
	vi.stubGlobal("setInterval", (check: () => void) => setInterval(check, 100));
	countWorkers((worker) => worker.terminate());
	// a worker that was ended is not replaced: each attempt has one of its own
	const code = `${new URL("../../src/browser/multipart.ts", import.meta.url)}?${crypto.randomUUID()}`;
	const { createClient } = createClientModule(
		createBrowserPlatform(),
		() => import(/* @vite-ignore */ code),
	);
	const client = createClient({ endpoint: inject("endpoint"), multipartThreshold: 1 });
	const { checksum, verified } = await client.uploadFile(blob, `files/${crypto.randomUUID()}`);
	expect(workers.length).toBe(1);
	expect(verified).toBe(true);
	expect(checksum).toEqual({ algorithm: "crc32", value: await crc32Of(blob) });
});
