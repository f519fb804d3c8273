import { setTimeout } from "node:timers/promises";
import { median } from "../median.mjs";
import { requestTargets } from "../peers/request-targets.mjs";
import { withDefaults } from "./competitors.mjs";
import { uploadAndWatch } from "./in-page.mjs";
import { categories, summarizeTasks } from "./main-thread.mjs";
import { barsOf } from "./rows.mjs";
import { uploadOnce, withTestBed } from "./test-bed.mjs";

export { missing } from "./open-browser.mjs";

export const title = "Chromium against peers: what an upload takes of a page";

const mebibyte = 1024 * 1024;
const [plain, checked] = withDefaults.filter((name) => name.startsWith("skyput"));

const memory = "memory MiB";
const calls = "control calls";

export async function run({ quick }) {
	const rounds = quick ? 1 : 2;
	return await withTestBed({}, quick ? 104 : 2048, async (testBed) => {
		const measured = [];
		for (let round = 0; round < rounds; round++) {
			for (let place = 0; place < withDefaults.length; place++) {
				const name = withDefaults[(place + round) % withDefaults.length];
				const watch = (browser, upload) => watchPage(browser, testBed.urlOf, upload);
				const seen = await uploadOnce(testBed, name, watch);
				// in a second run, since a trace takes memory
				const { tasks } = await uploadOnce(testBed, name, watchTasks);
				measured.push({ name, ...seen, tasks });
			}
		}
		return summarize(measured);
	});
}

/**
 * Measures memory, and the main thread of an idle page in the same browser: delays there are the machine's.
 */
async function watchPage(browser, urlOf, upload) {
	const other = await browser.openPage(urlOf("idle"));
	await setTimeout(1_000);
	const rest = await sampleMemory(browser, AbortSignal.timeout(1_000));
	const ended = new AbortController();
	const end = async () => {
		ended.abort();
		await other.evaluate(() => globalThis.endIdling());
	};
	const [idle, samples, seen] = await Promise.all([
		other.evaluate(uploadAndWatch, { marks: ["idling begins", "idling ends"] }),
		sampleMemory(browser, ended.signal),
		upload().finally(end),
	]);
	return { ...seen, idle, memory: Math.max(...samples) - median(rest) };
}

/** Traces the main thread. */
async function watchTasks(browser, upload) {
	const endTrace = await browser.trace(categories);
	const before = browser.tree().waits();
	await upload();
	const after = browser.tree().waits();
	const tasks = summarizeTasks(
		await endTrace(),
		(process) => after.get(process) - before.get(process),
	);
	return { tasks };
}

/** MiB of memory, ten times a second. */
export async function sampleMemory(browser, until) {
	const samples = [];
	do {
		samples.push(browser.tree().memory());
		await setTimeout(100);
	} while (!until.aborted);
	return samples;
}

function summarize(measured) {
	const of = (name) => measured.filter((one) => one.name === name);
	const highest = (name, pick) => Math.max(...of(name).map(pick));
	const size = measured[0].received.bytes / mebibyte;
	const rows = withDefaults.map((name) => ({
		[`${size} MiB, highest of the rounds`]: name,
		[memory]: highest(name, ({ memory }) => memory),
		"tasks over 50 ms": highest(name, ({ longTasks }) => longTasks),
		"longest wait ms": highest(name, ({ longestGap }) => longestGap),
		"idle page: tasks": highest(name, ({ idle }) => idle.longTasks),
		"idle page: wait ms": highest(name, ({ idle }) => idle.longestGap),
		"tasks over 50 ms of work": highest(name, ({ tasks }) => tasks.longTasks),
		"longest work ms": highest(name, ({ tasks }) => tasks.longestWork),
		"blocked ms": highest(name, ({ tasks }) => tasks.blocked),
		PUTs: highest(name, ({ received }) => received.requests.data),
		[calls]: highest(name, ({ received }) => received.requests.control),
		"before the 1st byte": highest(name, ({ received }) => received.requests.controlBeforeData),
		preflights: highest(name, ({ received }) => received.requests.preflight),
	}));
	const ours = [plain, checked];
	const room = (name, atMost) => ({
		name: `${name}, memory beyond the page at rest`,
		value: highest(name, ({ memory }) => memory),
		atMost,
		unit: "MiB",
	});
	const ofOurs = (pick) => Math.max(...ours.map((name) => highest(name, pick)));
	return {
		rows,
		targets: [
			room(plain, 30),
			room(checked, 150),
			{
				name: "main thread by the clock, on a machine that does nothing else",
				value: ofOurs(({ longTasks }) => longTasks),
				atMost: 0,
				unit: "tasks over 50 ms",
			},
			{
				name: "main thread at work",
				value: ofOurs(({ tasks }) => tasks.longTasks),
				atMost: 0,
				unit: "tasks over 50 ms",
			},
			{
				name: "main thread blocked, in longer tasks, by anything but a busy machine",
				value: ofOurs(({ tasks }) => tasks.blocked),
				atMost: 50,
				unit: "ms",
			},
			...requestTargets(of(checked)[0].received.requests),
		],
	};
}

/** @type {import("../main.mjs").Benchmark["charts"]} */
export function charts({ rows }) {
	const bars = (column) => barsOf(rows, ({ [column]: value }) => ({ value }));
	return [
		{
			title,
			groups: [
				{ name: "Memory beyond the page at rest, MiB, less is better", bars: bars(memory) },
				{ name: "Calls of the upload handler, fewer is better", bars: bars(calls) },
			],
		},
	];
}
