import { defineConfig } from "tsup";

export default defineConfig({
	entry: { index: "src/index.ts" },
	format: ["esm"],
	// esbuild leaves imports of chunks of which nothing is used, and a user's bundler warns about each
	treeshake: { moduleSideEffects: false },
	target: "es2023",
	platform: "node",
	// tsup 9 writes .d.ts with the TypeScript compiler API, which TypeScript 7 no longer has:
	// `tsc -p tsconfig.build.json` writes them right after.
	dts: false,
	// keep `node:` in imports; tsup strips it otherwise
	removeNodeProtocol: false,
	sourcemap: true,
	clean: true,
});
