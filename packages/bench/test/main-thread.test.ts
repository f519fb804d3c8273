import { expect, it } from "vitest";
import { summarizeTasks } from "../src/browser/main-thread.mjs";

const [page, other] = [
	{ pid: 7, tid: 7 },
	{ pid: 8, tid: 8 },
];

/** A task by its duration and the time its thread ran, in milliseconds. */
const task = (thread: object, at: number, time: number, work: number): object => ({
	name: "RunTask",
	...thread,
	ts: at * 1000,
	dur: time * 1000,
	tdur: work * 1000,
});

const events = (...tasks: object[]): object[] => [
	{ name: "upload begins", ...page, ts: 100_000 },
	{ name: "upload ends", ...page, ts: 900_000 },
	...tasks,
];

it("a task that waits for a processor is not long, one that works is", () => {
	const tasks = [task(page, 90, 60, 10), task(page, 200, 70, 60), task(page, 300, 40, 40)];
	expect(summarizeTasks(events(...tasks), () => 60)).toEqual({
		longTasks: 1,
		longestWork: 60,
		blocked: 0,
	});
});

it("a long task that waits for anything else is blocked", () => {
	const tasks = [task(page, 200, 200, 20), task(page, 500, 45, 1)];
	expect(summarizeTasks(events(...tasks), (process) => process * 10)).toEqual({
		longTasks: 0,
		longestWork: 20,
		blocked: 110,
	});
});

it("tasks of other pages, and from before and after the upload, do not count", () => {
	const tasks = [task(page, 10, 80, 80), task(page, 901, 80, 80), task(other, 200, 90, 90)];
	expect(summarizeTasks(events(...tasks, task(page, 400, 1, 1)), () => 0)).toEqual({
		longTasks: 0,
		longestWork: 1,
		blocked: 0,
	});
});
