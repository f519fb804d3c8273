// Bundles both functions into dist/: `npm run build`.
import { rm } from "node:fs/promises";
import { build } from "esbuild";

await rm("dist", { recursive: true, force: true });
await build({
	entryPoints: ["src/upload-handler.ts", "src/object-handler.ts"],
	outdir: "dist",
	outExtension: { ".js": ".mjs" },
	bundle: true,
	// keeps the AWS SDK and file-type in files of their own, which are loaded on demand
	splitting: true,
	minify: true,
	format: "esm",
	platform: "node",
	target: "node22",
	mainFields: ["module", "main"],
	// some of the SDK's dependencies are CommonJS and require what Node brings along
	banner: {
		js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);',
	},
	// says of a package in this repository what it does not say of one in node_modules: unused code went
	logOverride: { "ignored-bare-import": "silent" },
});
