import type { Reporter, TestModule } from "vitest/node";

/** Ends a run with one plain line, `12 passed, 0 failed`, for machines that count. */
export default class TallyReporter implements Reporter {
	onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
		let passed = 0;
		let skipped = 0;
		// what fails outside a test (an unhandled rejection, a type error in a file) counts too
		let failed = errors.length;
		for (const module of modules) {
			let inTests = 0;
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
		if (skipped) process.stdout.write(`\n${skipped} skipped`);
		process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
	}
}
