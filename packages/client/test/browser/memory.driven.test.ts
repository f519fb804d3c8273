import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { type ClientPage, openPage } from "./open-page.js";
import { partsOf, startCountingSink } from "./start-counting-sink.js";

const gibibyte = 1024 ** 3;

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

async function sample({ memory }: ClientPage, until: AbortSignal): Promise<number[]> {
	const samples: number[] = [];
	do {
		samples.push(memory());
		await setTimeout(100);
	} while (!until.aborted);
	return samples;
}

// the memory of processes is read from /proc, which only Linux has
test.runIf(process.platform === "linux")(
	"a file of 2 GiB needs no more than 30 MiB beyond the idle page, over six connections",
	async () => {
		const sink = await startCountingSink();
		onTestFinished(() => sink.close());
		const browser = await openPage();
		onTestFinished(() => browser.close());
		const { page } = browser;
		const path = await makeSparseFile(2 * gibibyte);

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
				const [file] = document.querySelector<HTMLInputElement>("#file")?.files ?? [];
				if (!file) throw new Error("no file was chosen");
				const client = window.skyput.createClient({ endpoint, concurrency: 16, checksum: false });
				return (await client.uploadFile(file, "films/film.mp4")).size;
			}, sink.endpoint);

		await page.setInputFiles("#file", path);
		// what the start of a browser leaves behind goes by itself
		await setTimeout(1_000);
		const idle = median(await sample(browser, AbortSignal.timeout(1_000)));

		const ended = new AbortController();
		const [samples, size] = await Promise.all([
			sample(browser, ended.signal),
			upload().finally(() => ended.abort()),
		]);

		expect(size).toBe(2 * gibibyte);
		expect(sink.completed()).toBe(true);
		expect(sink.parts).toEqual(partsOf(2 * gibibyte));
		const bodies = await page.evaluate(() => {
			const { bodies } = window as unknown as { bodies: { kinds: Set<string>; bytes: number } };
			return { kinds: [...bodies.kinds], bytes: bodies.bytes };
		});
		expect(bodies).toEqual({ kinds: ["[object Blob]"], bytes: 2 * gibibyte });
		expect(sink.mostConnections()).toBe(6);
		expect(samples.length).toBeGreaterThan(10);
		expect(Math.max(...samples) - idle).toBeLessThan(30);

		// the measure itself: it sees what the page really holds
		const before = browser.memory();
		await page.evaluate(() =>
			Object.assign(window, { held: new Uint8Array(100 * 2 ** 20).fill(1) }),
		);
		expect(browser.memory() - before).toBeGreaterThan(80);
	},
	60_000,
);
