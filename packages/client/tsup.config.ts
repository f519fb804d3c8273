import { defineConfig } from "tsup";
import manifest from "./package.json" with { type: "json" };

export default defineConfig({
	entry: {
		browser: "src/browser/index.ts",
		node: "src/node/index.ts",
		files: "src/node/files.ts",
		// loaded on demand; an entry gives it a name that does not change
		engine: "src/browser/engine.ts",
		parts: "src/multipart/index.ts",
		"indexed-db": "src/browser/indexed-db.ts",
	},
	format: ["esm"],
	// esbuild leaves imports of chunks of which nothing is used, and a user's bundler warns about each
	treeshake: { moduleSideEffects: false },
	target: "es2023",
	platform: "neutral",
	define: { SKYPUT_VERSION: JSON.stringify(manifest.version) },
	external: [/^node:/],
	// the private protocol package is inlined; see ARCHITECTURE.md
	noExternal: ["#protocol", "@skyput/protocol"],
	esbuildOptions(options) {
		options.conditions = ["source"];
		// constants go where they are used; a user's bundler cannot do that with the `var`s that esbuild writes
		options.minifySyntax = true;
	},
	// tsup 9 writes .d.ts with the TypeScript compiler API, which TypeScript 7 no longer has:
	// `tsc -p tsconfig.build.json` writes them right after.
	dts: false,
	// keep `node:` in imports; tsup strips it otherwise
	removeNodeProtocol: false,
	sourcemap: true,
	clean: true,
});
