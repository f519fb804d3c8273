// One module for workerd: `npm run build`. Wrangler's own bundling would take what packages offer to
// browsers, and there the AWS SDK reads XML with DOMParser, which Workers do not have.
import { build } from "esbuild";

const { metafile } = await build({
	entryPoints: ["src/worker.ts"],
	outdir: "dist",
	bundle: true,
	minify: true,
	format: "esm",
	target: "es2024",
	platform: "node",
	conditions: ["workerd"],
	mainFields: ["module", "main"],
	// some of the SDK's dependencies are CommonJS and require what `nodejs_compat` brings along
	banner: { js: 'import{createRequire}from"node:module";const require=createRequire("/");' },
	metafile: true,
});
for (const [file, { bytes }] of Object.entries(metafile.outputs))
	console.log(`${file} ${bytes} bytes`);
