import type { Reporter, TestModule } from "vitest/node";

/** Ends a run with one plain line, `12 passed, 0 failed`, for machines that count. */
export default class TallyReporter implements Reporter {
	onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
		let passed = 0;
		let skipped = 0;
		// what fails outside a test (an unhandled rejection, a type error in a file) counts too
		let failed = errors.length;
		/** Milliseconds of the test files, by project. */
		const times = new Map<string, number>();
		for (const module of modules) {
			let inTests = 0;
			const { name } = module.project;
			times.set(name, (times.get(name) ?? 0) + timeOf(module));
			for (const test of module.children.allTests()) {
				const { state } = test.result();
				if (state === "passed") passed++;
				else if (state === "failed") inTests++;
				else skipped++;
			}
			failed += inTests;
			// a file that could not be collected has no tests, yet failed; so has a broken hook
			if (inTests === 0 && module.state() === "failed") failed++;
		}
		for (const [name, time] of times) {
			process.stdout.write(`\n${name}: ${(time / 1000).toFixed(1)} s`);
		}
		if (skipped) process.stdout.write(`\n${skipped} skipped`);
		process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
	}
}

/** Milliseconds that a file took, with its environment and its imports. */
function timeOf(module: TestModule): number {
	const { environmentSetupDuration, prepareDuration, collectDuration, setupDuration, duration } =
		module.diagnostic();
	return environmentSetupDuration + prepareDuration + collectDuration + setupDuration + duration;
}
