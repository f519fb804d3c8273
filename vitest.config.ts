import { defineConfig } from "vitest/config";
import TallyReporter from "./tools/tally-reporter.ts";
import projects, { timeouts } from "./vitest.workspace.ts";

export default defineConfig({
	test: {
		projects,
		...timeouts,
		// CI tells a test that fails once from a fault, and names it: such a test is still to be mended
		retry: process.env["CI"] ? 1 : 0,
		expect: { poll: { timeout: 240_000 } },
		// many megabytes that differ must not bury the name of their test
		chaiConfig: { truncateThreshold: 300 },
		diff: { truncateThreshold: 20 },
		globalSetup: ["tools/optional-parts.ts"],
		reporters: ["default", new TallyReporter()],
	},
});
