// Bundles the function into dist/, which main.tf packs: `npm run build`.
import { rm } from "node:fs/promises";
import { build } from "esbuild";

await rm("dist", { recursive: true, force: true });
await build({
	entryPoints: ["src/handler.ts"],
	outdir: "dist",
	outExtension: { ".js": ".mjs" },
	bundle: true,
	// keeps the AWS SDK in files of its own, which are loaded when an upload goes in parts
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
	logOverride: { "ignored-bare-import": "silent" },
});
