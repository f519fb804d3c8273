import { defineConfig, mergeConfig } from "vitest/config";
import projects, { timeouts } from "../vitest.workspace.ts";
import { vitePlugin } from "./mutation.ts";

export default defineConfig({
	test: {
		projects: projects.map((project) => mergeConfig(project as object, { plugins: [vitePlugin] })),
		// it would keep a file as an earlier run changed it
		fsModuleCache: false,
		...timeouts,
	},
});
