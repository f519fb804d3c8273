import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { median } from "./median.mjs";
import { stopped } from "./stopped.mjs";

export const title = "Scale: 50 TB in 10,000 parts, client and handler, a storage that counts";

const program = fileURLToPath(new URL("./scale/uploads.mjs", import.meta.url));
/** The same number of parts in total, so that both processes do the same work. */
const competitors = [
	{ name: "100 parts, 100 times", parts: 100, uploads: 100 },
	{ name: "10,000 parts", parts: 10_000, uploads: 1 },
];

export async function run({ quick }) {
	const folder = await mkdtemp(join(tmpdir(), "skyput-scale-"));
	try {
		const bundled = join(folder, "uploads.mjs");
		await bundle(bundled);
		const measured = [];
		for (let round = 0; round < (quick ? 1 : 5); round++) {
			const turn = [];
			for (const { parts, uploads } of competitors) {
				turn.push(await measure(bundled, `${parts}`, `${uploads}`));
			}
			measured.push(turn);
		}
		return summarize(measured);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

/** Bundled from the client's sources: a custom platform has no public entry point. */
async function bundle(outfile) {
	await build({
		entryPoints: [program],
		outfile,
		bundle: true,
		format: "esm",
		platform: "node",
		target: "node22",
		conditions: ["source"],
		// never called
		external: ["@aws-sdk/*"],
		// some dependencies are CommonJS and require Node's modules
		banner: {
			js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);',
		},
		logLevel: "error",
	});
}

async function measure(...words) {
	stopped.throwIfAborted();
	const run = promisify(execFile);
	const { stdout } = await run(process.execPath, ["--expose-gc", ...words], { signal: stopped });
	return JSON.parse(stdout);
}

function summarize(measured) {
	const rows = competitors.map(({ name }, index) => ({
		"medians of the rounds": name,
		"CPU us/part": median(measured.map((turn) => turn[index].microsecondsPerPart)),
		"memory held MiB": median(measured.map((turn) => turn[index].liveMiB)),
	}));
	const over = (compare) => median(measured.map(([few, many]) => compare(few, many)));
	return {
		rows,
		targets: [
			{
				name: "CPU per part of 10,000",
				value: over((few, many) => many.microsecondsPerPart / few.microsecondsPerPart),
				atMost: 1.5,
				unit: "x that of 100",
			},
			{
				name: "memory of 10,000 parts",
				value: over((few, many) => many.liveMiB - few.liveMiB),
				atMost: 20,
				unit: "MiB more than 100",
			},
		],
	};
}
