import { marks } from "./in-page.mjs";

/** A task that takes longer keeps a click waiting so long that people notice: the browsers' own bound. */
const bound = 50;

/** What the browser has to record for {@link lookAtTasks}. */
export const categories = ["disabled-by-default-devtools.timeline", "blink.user_timing"];

/**
 * Looks at the tasks of a page's main thread between two marks. By the clock a task also lasts while other
 * programs have the processor, which says nothing about the page; so its work is what counts, the time
 * that its thread ran. What a task waits for otherwise is its own, as for an answer of another process.
 *
 * @param {readonly object[]} events of a trace
 * @param {(process: number) => number} waited the milliseconds for which the main thread of the process
 *   was ready to run meanwhile, and did not
 * @returns milliseconds: `blocked` is what tasks of more than 50 ms spent neither at work nor ready to run
 */
export function lookAtTasks(events, waited) {
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
