import { defineConfig } from "tsup";

export default defineConfig({
	entry: {
		index: "src/index.ts",
		provider: "src/providers/index.ts",
		s3: "src/providers/s3/index.ts",
		gcs: "src/providers/gcs/index.ts",
		azure: "src/providers/azure/index.ts",
		lambda: "src/adapters/lambda/index.ts",
		handler: "src/presets/lambda-s3/handler.ts",
		web: "src/adapters/web.ts",
		node: "src/adapters/node.ts",
		audit: "src/audit/index.ts",
		proof: "src/proof/index.ts",
		dynamodb: "src/dynamodb/index.ts",
		events: "src/events/index.ts",
	},
	format: ["esm"],
	// esbuild leaves imports of chunks of which nothing is used, and a user's bundler warns about each
	treeshake: { moduleSideEffects: false },
	target: "es2023",
	platform: "node",
	// the private protocol package is inlined; see ARCHITECTURE.md
	noExternal: ["#protocol", "@skyput/protocol"],
	esbuildOptions(options) {
		options.conditions = ["source"];
	},
	// tsup 9 writes .d.ts with the TypeScript compiler API, which TypeScript 7 no longer has:
	// `tsc -p tsconfig.build.json` writes them right after.
	dts: false,
	// keep `node:` in imports; tsup strips it otherwise
	removeNodeProtocol: false,
	sourcemap: true,
	clean: true,
});
