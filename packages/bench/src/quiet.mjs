import { cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { stopped } from "./stopped.mjs";

/** Milliseconds of one load sample. */
const sampleMilliseconds = 300;
/** Milliseconds after which a measurement starts on a busy machine anyway. */
const maxWait = 20_000;
/** Load by other processes that a measurement tolerates, in processors. */
const toleratedLoad = 0.1;

/** Busy seconds of all processors since boot. */
const busySeconds = () =>
	cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) /
	1000;

/** Resolves once the machine is idle or after 20 seconds, with whether it is idle. */
export async function quiet() {
	for (const began = performance.now(); ; ) {
		const before = busySeconds();
		await sleep(sampleMilliseconds, undefined, { signal: stopped });
		if ((busySeconds() - before) / (sampleMilliseconds / 1000) <= toleratedLoad) return true;
		if (performance.now() - began > maxWait) return false;
	}
}

/**
 * Runs something on an idle machine and adds `disturbed` to its result: whether other processes ran.
 *
 * @template {{ seconds: number }} Result
 * @param {() => Promise<Result>} run
 * @param {(result: Result) => number} cpuSeconds what of the processors' work was its own
 */
export async function undisturbed(run, cpuSeconds) {
	const wasQuiet = await quiet();
	const before = busySeconds();
	const result = await run();
	const otherLoad = busySeconds() - before - cpuSeconds(result);
	return {
		...result,
		disturbed: !wasQuiet || otherLoad > toleratedLoad * Math.max(1, result.seconds),
	};
}
