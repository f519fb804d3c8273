import { mkdir } from "node:fs/promises";
import { build } from "esbuild";

/**
 * Bundles a handler as the build of `examples/lambda-s3` does.
 *
 * @param {string} entry
 * @param {string} outdir made when missing
 * @returns {Promise<{ path: string, startBytes: number, totalBytes: number }>} the bytes that a cold
 *   start loads, and those of all files
 */
export async function bundle(entry, outdir) {
	await mkdir(outdir, { recursive: true });
	const { metafile } = await build({
		entryPoints: { handler: entry },
		outdir,
		outExtension: { ".js": ".mjs" },
		bundle: true,
		splitting: true,
		minify: true,
		format: "esm",
		platform: "node",
		target: "node22",
		mainFields: ["module", "main"],
		// some dependencies of the SDK are CommonJS and require Node's modules
		banner: {
			js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);',
		},
		metafile: true,
		// the metafile's paths are relative to it
		absWorkingDir: outdir,
		logLevel: "error",
	});
	const { outputs } = metafile;
	const sum = (files) => files.reduce((bytes, file) => bytes + outputs[file].bytes, 0);
	const early = new Set(["handler.mjs"]);
	// grows during the iteration
	for (const file of early) {
		for (const { path, kind } of outputs[file].imports) {
			if (kind === "import-statement" && path in outputs) early.add(path);
		}
	}
	return {
		path: `${outdir}/handler.mjs`,
		startBytes: sum([...early]),
		totalBytes: sum(Object.keys(outputs)),
	};
}
