import { defineConfig } from "vitest/config";
import TallyReporter from "./tools/tally-reporter.ts";
import projects from "./vitest.workspace.ts";

export default defineConfig({
	test: {
		projects,
		globalSetup: ["tools/optional-parts.ts"],
		reporters: ["default", new TallyReporter()],
	},
});
