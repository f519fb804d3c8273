import type { Reporter, TestModule } from "vitest/node";

/** Characters of an error's first line that are printed. */
const longestLine = 300;

/**
 * Ends a run with the time of each project, the names of the tests that failed or passed only at the second
 * attempt, with the first line of the error of each attempt, and one plain line for programs that read it:
 * `12 passed, 0 failed`.
 */
export default class TallyReporter implements Reporter {
	onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
		let passed = 0;
		let skipped = 0;
		// what fails outside a test (an unhandled rejection, a type error in a file) counts too
		let failed = errors.length;
		const failures = errors.map((error) => `outside a test: ${firstLine(error)}`);
		const retried: string[] = [];
		/** Milliseconds of the test files, by project. */
		const times = new Map<string, number>();
		for (const module of modules) {
			let inTests = 0;
			const { name } = module.project;
			const where = `${name} > ${module.relativeModuleId}`;
			times.set(name, (times.get(name) ?? 0) + timeOf(module));
			for (const test of module.children.allTests()) {
				const { state, errors } = test.result();
				const text = `${where} > ${test.fullName}: ${firstLines(errors)}`;
				if (state === "passed") {
					passed++;
					if (test.diagnostic()?.flaky) retried.push(text);
				} else if (state === "failed") {
					inTests++;
					failures.push(text);
				} else skipped++;
			}
			failed += inTests;
			// a file that could not be collected has no tests, yet failed; so has a broken hook
			if (inTests === 0 && module.state() === "failed") {
				failed++;
				failures.push(`${where}: ${firstLine(errorOf(module))}`);
			}
		}
		for (const [name, time] of times) {
			process.stdout.write(`\n${name}: ${(time / 1000).toFixed(1)} s`);
		}
		if (skipped) process.stdout.write(`\n${skipped} skipped`);
		for (const test of retried) process.stdout.write(`\nRETRIED ${test}`);
		for (const failure of failures) process.stdout.write(`\nFAILED ${failure}`);
		process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
	}
}

/** The first error of a file outside of its tests. */
function errorOf(module: TestModule): unknown {
	const suites = [...module.children.allSuites()];
	return [module, ...suites].flatMap((one) => one.errors())[0];
}

/** Of the error of each attempt, without repeating itself. */
function firstLines(errors: readonly unknown[] = []): string {
	return [...new Set(errors.map(firstLine))].join(", then: ");
}

/** With its causes: of a fetch that failed, only they tell why. */
function firstLine(error: unknown): string {
	const { message, cause } = (error ?? {}) as {
		readonly message?: unknown;
		readonly cause?: unknown;
	};
	const [line = ""] = String(message ?? error).split("\n");
	const text = line.length > longestLine ? `${line.slice(0, longestLine)}…` : line;
	return cause === undefined ? text : `${text} (${firstLine(cause)})`;
}

/** Milliseconds that a file took, with its environment and its imports. */
function timeOf(module: TestModule): number {
	const { environmentSetupDuration, prepareDuration, collectDuration, setupDuration, duration } =
		module.diagnostic();
	return environmentSetupDuration + prepareDuration + collectDuration + setupDuration + duration;
}
