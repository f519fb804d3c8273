import { fileURLToPath } from "node:url";
import { defineConfig, type Options } from "tsup";
import manifest from "./package.json" with { type: "json" };

/**
 * Puts constants where they are used, which esbuild does in files without imports only, and functions first. Names
 * stay, and the remarks for bundlers. A page that is bundled by esbuild loads 0.27 kB less.
 */
const terserOptions: Options["terserOptions"] = {
	mangle: false,
	compress: {
		defaults: false,
		reduce_vars: true,
		evaluate: true,
		collapse_vars: true,
		unused: true,
		hoist_funs: true,
	},
	format: { beautify: true, preserve_annotations: true },
	sourceMap: true,
};

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
		// a user's bundler cannot do this with the `var`s that esbuild writes
		options.minifySyntax = true;
	},
	minify: "terser",
	terserOptions,
	// tsup 9 writes .d.ts with the TypeScript compiler API, which TypeScript 7 no longer has:
	// `tsc -p tsconfig.build.json` writes them right after.
	dts: false,
	// keep `node:` in imports; tsup strips it otherwise
	removeNodeProtocol: false,
	sourcemap: true,
	clean: true,
});

/** Puts code of this package in place of the globals that React Native lacks. */
export const nativeGlobals: { readonly inject: string[]; readonly define: Record<string, string> } =
	{
		inject: [fileURLToPath(new URL("src/native/globals.ts", import.meta.url))],
		define: {
			"Promise.withResolvers": "withResolvers",
			"globalThis.AbortController": "AbortController",
			"globalThis.AbortSignal": "AbortSignal",
		},
	};

/** For React Native. `ky` reads these globals too, so it is inside. */
function buildNative(): Options {
	const options = build("native", { index: "src/native/index.ts", react: "src/react/index.ts" });
	return {
		...options,
		noExternal: [...(options.noExternal ?? []), "ky"],
		inject: nativeGlobals.inject,
		banner: { js: "/*! Contains ky, MIT License, Copyright (c) Sindre Sorhus */" },
		define: { ...options.define, ...nativeGlobals.define },
	};
}

const builds: Options[] = [
	// what is loaded on demand has a name that does not change
	build("browser", {
		index: "src/browser/index.ts",
		multipart: "src/browser/multipart.ts",
		crc64nvme: "src/digests/crc64nvme.ts",
		md5: "src/browser/md5.ts",
		sha256: "src/browser/sha256.ts",
		react: "src/react/index.ts",
		"guard-page": "src/list/guard-page.ts",
		"insert-pending": "src/list/insert-pending.ts",
		"rejection-of": "src/list/rejection-of.ts",
		"walk-folder": "src/list/walk-folder.ts",
	}),
	build("node", { index: "src/node/index.ts", files: "src/node/files.ts" }),
	buildNative(),
];
export default defineConfig(builds) as Options[];
