import { setTimeout } from "node:timers/promises";
import { median } from "../median.mjs";
import { startSink } from "../sink/start.mjs";
import { bundle } from "./competitors.mjs";
import { marks, uploadAndWatch } from "./in-page.mjs";
import { openBrowser } from "./open-browser.mjs";
import { sampleMemory } from "./page.mjs";
import { servePages } from "./serve-pages.mjs";
import { serverProgram } from "./test-bed.mjs";

export { missing } from "./open-browser.mjs";

export const title = "Scale: many files of 1 kB from one page in Chromium";

const few = "100 uploads at once, 10 times";
const many = "1,000 uploads at once";
const batch = "10,000 files by uploadFiles";
const competitors = {
	[few]: { count: 100, rounds: 10 },
	[many]: { count: 1_000, rounds: 1 },
	[batch]: { count: 10_000, rounds: 1, isBatch: true },
};

export async function run({ quick }) {
	const servers = await startSink({}, serverProgram);
	const pages = await servePages({ "many-files": await bundle("many-files") });
	try {
		const measured = {};
		for (const [name, settings] of Object.entries(competitors)) {
			const count = quick ? settings.count / 10 : settings.count;
			const url = pages.urlOf("many-files");
			measured[name] = await measure(servers, url, { ...settings, count });
		}
		return summarize(measured);
	} finally {
		pages.close();
		await servers.close();
	}
}

async function measure(servers, url, settings) {
	const browser = await openBrowser();
	try {
		const page = await browser.openPage(url);
		const options = { api: servers.api, ...settings };
		await page.evaluate((options) => globalThis.prepare(options), options);
		await setTimeout(1_000);
		const rest = await sampleMemory(browser, AbortSignal.timeout(1_000));
		const before = browser.tree().cpuSeconds();
		const ended = new AbortController();
		const [samples, seen] = await Promise.all([
			sampleMemory(browser, ended.signal),
			page.evaluate(uploadAndWatch, { marks, ...options }).finally(() => ended.abort()),
		]);
		const cpuSeconds = browser.tree().cpuSeconds() - before;
		const uploads = settings.count * settings.rounds;
		const { completed } = await servers.take();
		if (completed.length !== uploads) {
			throw new Error(`The servers have ${completed.length} files instead of ${uploads}.`);
		}
		return { ...seen, uploads, cpuSeconds, memory: Math.max(...samples) - median(rest) };
	} finally {
		await browser.close();
	}
}

/** One round: a thousand uploads are a mean already. */
function summarize(measured) {
	const cpu = ({ cpuSeconds, uploads }) => (1_000 * cpuSeconds) / uploads;
	const rows = Object.entries(measured).map(([name, seen]) => ({
		"one round": name,
		"CPU ms/upload": cpu(seen),
		"uploads/s": seen.uploads / seen.seconds,
		"memory MiB": seen.memory,
		"tasks over 50 ms": seen.longTasks,
		"longest wait ms": seen.longestGap,
	}));
	const targets = [many, batch].flatMap((name) => [
		{
			name: `CPU per upload, ${name}`,
			value: cpu(measured[name]) / cpu(measured[few]),
			atMost: 1.5,
			unit: "x that of 100",
		},
		{
			name: `memory, ${name}`,
			value: measured[name].memory - measured[few].memory,
			atMost: 100,
			unit: "MiB more than 100",
		},
	]);
	return { rows, targets };
}
