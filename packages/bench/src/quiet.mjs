import { cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { stopped } from "./stopped.mjs";

/** Milliseconds that one look at the machine takes. */
const look = 300;
/** Milliseconds after which a measurement begins on a machine that does not come to rest. */
const patience = 20_000;
/** Processors' worth of work by others that a measurement can bear. */
const bearable = 0.1;

/** Seconds that all processors together have worked since the machine started. */
const worked = () =>
	cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) /
	1000;

/** Resolves once the machine does next to nothing, or after 20 seconds: with whether it is quiet. */
export async function quiet() {
	for (const began = performance.now(); ; ) {
		const before = worked();
		await sleep(look, undefined, { signal: stopped });
		if ((worked() - before) / (look / 1000) <= bearable) return true;
		if (performance.now() - began > patience) return false;
	}
}

/**
 * Runs something on a quiet machine and adds `disturbed` to its result: whether the machine was not
 * quiet, or others worked meanwhile.
 *
 * @template {{ seconds: number }} Result
 * @param {() => Promise<Result>} run
 * @param {(result: Result) => number} cpuSeconds what of the processors' work was its own
 */
export async function undisturbed(run, cpuSeconds) {
	const wasQuiet = await quiet();
	const before = worked();
	const result = await run();
	const foreign = worked() - before - cpuSeconds(result);
	return { ...result, disturbed: !wasQuiet || foreign > bearable * Math.max(1, result.seconds) };
}
