import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, inject, onTestFinished, test } from "vitest";
import { memoryOf } from "./memory-of.js";
import { openClientBrowser } from "./open-client-browser.js";
import { partsOf, startCountingSink } from "./start-counting-sink.js";

/** Bytes. */
const size = 2 ** 29;

/** A file of zeros that takes no room on the disk. */
async function makeSparseFile(size: number): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), "skyput-sparse-"));
	onTestFinished(() => rm(folder, { recursive: true }));
	const path = join(folder, "film.mp4");
	const file = await open(path, "w");
	await file.truncate(size);
	await file.close();
	return path;
}

function median(numbers: readonly number[]): number {
	return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

/** MiB that the browser holds, every 100 ms until the work ends. */
async function sampleDuring(pid: number, work: Promise<unknown>): Promise<number[]> {
	let running = true;
	const end = (): void => {
		running = false;
	};
	work.then(end, end);
	const samples: number[] = [];
	do {
		samples.push(memoryOf(pid));
		await setTimeout(100);
	} while (running);
	return samples;
}

// the memory of processes is read from /proc, which only Linux has
test.runIf(process.platform === "linux")(
	"a large file needs no more than 30 MiB beyond the idle page, over six connections",
	async ({ skip }) => {
		const { memory } = inject("missing");
		skip(memory !== undefined, memory);
		const sink = await startCountingSink();
		onTestFinished(() => sink.close());
		const browser = await openClientBrowser();
		onTestFinished(() => browser.close());
		const page = await browser.openPage();
		const path = await makeSparseFile(size);

		await page.evaluate(() => {
			const bodies = { kinds: new Set<string>(), bytes: 0 };
			Object.assign(window, { bodies });
			const { send } = XMLHttpRequest.prototype;
			XMLHttpRequest.prototype.send = function (body) {
				bodies.kinds.add(Object.prototype.toString.call(body));
				if (body instanceof Blob) bodies.bytes += body.size;
				send.call(this, body);
			};
		});
		const upload = (): Promise<number> =>
			page.evaluate(async (endpoint) => {
				const client = window.skyput.createClient({ endpoint, concurrency: 16, checksum: false });
				return (await client.uploadFile(window.chosenFile(), "films/film.mp4")).size;
			}, sink.endpoint);

		await page.chooseFile("#file", path);
		// what the start of a browser leaves behind goes by itself
		await setTimeout(1_000);
		const idle = median(await sampleDuring(browser.pid, setTimeout(1_000)));

		const uploading = upload();
		const samples = await sampleDuring(browser.pid, uploading);

		expect(await uploading).toBe(size);
		expect(sink.completed()).toBe(true);
		expect(sink.parts).toEqual(partsOf(size));
		const bodies = await page.evaluate(() => {
			const { bodies } = window as unknown as { bodies: { kinds: Set<string>; bytes: number } };
			return { kinds: [...bodies.kinds], bytes: bodies.bytes };
		});
		expect(bodies.kinds).toEqual(["[object Blob]"]);
		// on a busy machine a part may be sent once more
		expect(bodies.bytes).toBeGreaterThanOrEqual(size);
		expect(sink.mostConnections()).toBeGreaterThanOrEqual(6);
		// WebKit opens one more for preflights
		expect(sink.mostConnections()).toBeLessThanOrEqual(7);
		expect(samples.length).toBeGreaterThan(5);
		// a browser's own work may take more for a moment
		const highest =
			samples.toSorted((a, b) => a - b)[Math.floor(0.9 * samples.length)] ?? Number.NaN;
		expect(highest - idle).toBeLessThan(30);

		// the measure itself: it sees what the page really holds
		const before = memoryOf(browser.pid);
		await page.evaluate(
			() => void Object.assign(window, { held: new Uint8Array(100 * 2 ** 20).fill(1) }),
		);
		expect(memoryOf(browser.pid) - before).toBeGreaterThan(80);
	},
);
