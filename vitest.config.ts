import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import TallyReporter from "./tools/tally-reporter.ts";
import projects from "./vitest.workspace.ts";

export default defineConfig({
	test: {
		projects,
		// most tests wait for something half of their time; by default, two cores run one file at a time
		maxWorkers: Math.max(2, availableParallelism() - 1),
		globalSetup: ["tools/optional-parts.ts"],
		reporters: ["default", new TallyReporter()],
	},
});
