// Bundles the function into dist/: `npm run build`. It prints the size of what a cold start loads, and
// of what waits until an upload goes in parts.
import { readFile, rm } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

await rm("dist", { recursive: true, force: true });
const { metafile } = await build({
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
	// the SDK's ES modules are half as large as its CommonJS
	mainFields: ["module", "main"],
	// some of the SDK's dependencies are CommonJS and require what Node brings along
	banner: {
		js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);',
	},
	metafile: true,
	// says of a package in this repository what it does not say of one in node_modules: unused code went
	logOverride: { "ignored-bare-import": "silent" },
});

const { outputs } = metafile;
const early = new Set();
const load = (file) => {
	if (early.has(file)) return;
	early.add(file);
	for (const { path, kind } of outputs[file].imports) {
		if (kind === "import-statement" && path in outputs) load(path);
	}
};
load("dist/handler.mjs");

const size = async (files) => {
	const contents = await Promise.all(files.map((file) => readFile(file)));
	const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
	const sum = (lengths) => lengths.reduce((total, length) => total + length, 0);
	const packed = contents.map((content) => gzipSync(content).length);
	return `${kB(sum(contents.map(({ length }) => length)))}, ${kB(sum(packed))} gzip`;
};
const late = Object.keys(outputs).filter((file) => !early.has(file));
console.log(`loaded at a cold start:      ${await size([...early])}`);
console.log(`loaded for uploads in parts: ${await size(late)}`);
