import { defineConfig, mergeConfig } from "vitest/config";
import projects from "../vitest.workspace.ts";

/** One change of one file, from `tools/mutate-defences.mjs`. */
const { file, search, replace } = JSON.parse(process.env["MUTATION"] ?? "{}") as Record<
	"file" | "search" | "replace",
	string
>;

const plugin = {
	name: "mutation",
	enforce: "pre" as const,
	transform: (code: string, id: string) =>
		id.split("?")[0] === file ? code.replace(search, () => replace) : undefined,
};

export default defineConfig({
	test: {
		projects: projects.map((project) => mergeConfig(project as object, { plugins: [plugin] })),
		// it would keep a file as an earlier run changed it
		fsModuleCache: false,
		testTimeout: 120_000,
		hookTimeout: 120_000,
	},
});
