import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";
import type { Plugin as VitePlugin } from "vite";

/** One change of one file, from `tools/mutate-defences.mjs`; no file without it. */
const { file, search, replace } = JSON.parse(process.env["MUTATION"] ?? "{}") as Partial<
	Record<"file" | "search" | "replace", string>
>;

const mutate = (code: string): string => code.replace(search ?? "", () => replace ?? "");

/** Makes the change in what tests import. */
export const vitePlugin: VitePlugin = {
	name: "mutation",
	enforce: "pre",
	transform: (code, id) => (id.split("?")[0] === file ? mutate(code) : undefined),
};

/** Makes the change in what a test bundles. */
export const esbuildPlugin: Plugin = {
	name: "mutation",
	setup(build) {
		build.onLoad({ filter: /\.ts$/ }, async ({ path }) =>
			path === file ? { contents: mutate(await readFile(path, "utf8")), loader: "ts" } : undefined,
		);
	},
};
