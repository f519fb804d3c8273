import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

export const title = "A page's bundle: minified by esbuild, gzip";

/** What a page imports to upload one file. The first is the baseline. */
const competitors = {
	"skyput, with ky": "skyput",
	"better-upload, without React": "better-upload",
	"Uppy: core + aws-s3": "uppy",
	"lib-storage + client-s3": "lib-storage",
};
const [ours] = Object.keys(competitors);
const size = "all of it, kB";

export async function run() {
	const rows = [];
	for (const [name, page] of Object.entries(competitors)) {
		const { start, all, minified } = await measure(page);
		rows.push({
			bundle: name,
			"before the first upload, kB": start / 1000,
			[size]: all / 1000,
			"times ours": all / (rows[0]?.[size] * 1000 || all),
			"unzipped, kB": minified / 1000,
		});
	}
	return { rows, targets: [] };
}

/** Bytes of a bundle: of the entry with its static imports, of all files, and of all without gzip. */
async function measure(page) {
	const { outputFiles, metafile } = await build({
		entryPoints: { page: join(import.meta.dirname, `pages/${page}.mjs`) },
		outdir: import.meta.dirname,
		absWorkingDir: import.meta.dirname,
		write: false,
		metafile: true,
		bundle: true,
		splitting: true,
		minify: true,
		format: "esm",
		platform: "browser",
		target: "es2022",
		define: { "process.env.NODE_ENV": '"production"' },
		external: ["react"],
		logLevel: "error",
	});
	const { outputs } = metafile;
	const zipped = outputFiles.map(({ contents }) => gzipSync(contents, { level: 9 }).length);
	const names = Object.keys(outputs);
	const early = new Set(["page.js"]);
	// grows during the iteration
	for (const name of early) {
		for (const { path, kind } of outputs[name].imports) {
			if (kind === "import-statement" && path in outputs) early.add(path);
		}
	}
	const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
	return {
		start: sum(zipped.filter((_, index) => early.has(names[index]))),
		all: sum(zipped),
		minified: sum(outputFiles.map(({ contents }) => contents.length)),
	};
}

/** @type {import("../main.mjs").Benchmark["charts"]} */
export const charts = ({ rows }) => [
	{
		title: "What a page loads to upload a file",
		groups: [
			{
				name: "All of the library, minified and gzip, kB, less is better",
				bars: rows.map(({ bundle, [size]: value }) => ({
					name: bundle,
					value,
					ours: bundle === ours,
				})),
			},
		],
	},
];
