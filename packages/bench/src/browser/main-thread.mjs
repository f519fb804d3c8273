import { marks } from "./in-page.mjs";

/** Milliseconds: the threshold of the Long Tasks API. */
const bound = 50;

/** The trace categories that {@link summarizeTasks} needs. */
export const categories = ["disabled-by-default-devtools.timeline", "blink.user_timing"];

/**
 * Summarizes the tasks of a page's main thread between two marks. Counts the time that the thread ran, and
 * not the time that it waited for a busy processor, which says nothing about the page.
 *
 * @param {readonly object[]} events of a trace
 * @param {(process: number) => number} waited the milliseconds for which the main thread of the process
 *   was ready to run meanwhile, and did not
 * @returns milliseconds: `blocked` is what tasks of more than 50 ms spent neither at work nor ready to run
 */
export function summarizeTasks(events, waited) {
	const [begin, end] = marks.map((mark) => events.find(({ name }) => name === mark));
	const tasks = events
		.filter(
			({ name, pid, tid, ts, dur }) =>
				name === "RunTask" &&
				pid === begin.pid &&
				tid === begin.tid &&
				ts + dur > begin.ts &&
				ts < end.ts,
		)
		.map(({ dur, tdur }) => ({ time: dur / 1000, work: tdur / 1000 }));
	const idle = tasks
		.filter(({ time }) => time > bound)
		.reduce((sum, { time, work }) => sum + time - work, 0);
	return {
		longTasks: tasks.filter(({ work }) => work > bound).length,
		longestWork: Math.max(...tasks.map(({ work }) => work)),
		blocked: Math.max(0, idle - waited(begin.pid)),
	};
}
