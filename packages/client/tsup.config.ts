import { defineConfig, type Options } from "tsup";
import manifest from "./package.json" with { type: "json" };

/** Each runtime is built by itself: chunks that both shared would have to be imported for their order alone. */
const build = (runtime: string, entry: Record<string, string>): Options => ({
	entry,
	outDir: `dist/${runtime}`,
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

export default defineConfig([
	// what is loaded on demand has a name that does not change
	build("browser", {
		index: "src/browser/index.ts",
		multipart: "src/browser/multipart.ts",
		"upload-files": "src/files/upload-files.ts",
		crc64nvme: "src/digests/crc64nvme.ts",
		md5: "src/browser/md5.ts",
		sha256: "src/browser/sha256.ts",
		react: "src/react/index.ts",
	}),
	build("node", { index: "src/node/index.ts", files: "src/node/files.ts" }),
]);
