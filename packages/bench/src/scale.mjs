import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { median } from "./median.mjs";
import { stopped } from "./stopped.mjs";

/**
 * Each competitor runs in a process of its own, with the same number of parts in total, so that both do the same work.
 *
 * @typedef {object} Scale
 * @property {string} program in the folder `scale`
 * @property {readonly { name: string, words: readonly string[] }[]} competitors few, and many
 * @property {Readonly<Record<string, string>>} columns what the program measures, by the name of the column
 * @property {(few: Record<string, number>, many: Record<string, number>) => Record<string, number>} compare
 * @property {readonly { name: string, of: string, atMost: number, unit: string }[]} targets
 */

/** @type {Scale} */
const partsScale = {
	program: "uploads",
	competitors: [
		{ name: "100 parts, 100 times", words: ["100", "100"] },
		{ name: "10,000 parts", words: ["10000", "1"] },
	],
	columns: { "CPU us/part": "microsecondsPerPart", "memory held MiB": "liveMiB" },
	compare: (few, many) => ({
		time: many.microsecondsPerPart / few.microsecondsPerPart,
		memory: many.liveMiB - few.liveMiB,
	}),
	targets: [
		{ name: "CPU per part of 10,000", of: "time", atMost: 1.5, unit: "x that of 100" },
		{ name: "memory of 10,000 parts", of: "memory", atMost: 20, unit: "MiB more than 100" },
	],
};

/** @type {Scale} */
const uploadsScale = {
	program: "at-once",
	competitors: [
		{ name: "100 uploads at once, 10 times", words: ["100", "10"] },
		{ name: "1,000 uploads at once", words: ["1000", "1"] },
	],
	columns: {
		"CPU us/part": "microsecondsPerPart",
		"memory held kB/upload": "kilobytesPerUpload",
		"memory left MiB": "heapLeftMiB",
		"timers left": "timersLeft",
		warnings: "warnings",
	},
	compare: (few, many) => ({
		time: many.microsecondsPerPart / few.microsecondsPerPart,
		memory: many.kilobytesPerUpload / few.kilobytesPerUpload,
		left: many.heapLeftMiB,
		timers: many.timersLeft + many.warnings,
	}),
	targets: [
		{ name: "CPU per part of 1,000 uploads", of: "time", atMost: 1.5, unit: "x that of 100" },
		{ name: "memory per upload of 1,000", of: "memory", atMost: 1.5, unit: "x that of 100" },
		{ name: "memory left by 1,000 uploads", of: "left", atMost: 20, unit: "MiB" },
		{ name: "timers left and warnings", of: "timers", atMost: 0, unit: "" },
	],
};

export const parts = {
	title: "Scale: 50 TB in 10,000 parts, client and handler, a storage that counts",
	run: (context) => run(partsScale, context),
};
export const uploads = {
	title: "Scale: 1,000 uploads at once, of ten parts each",
	run: (context) => run(uploadsScale, context),
};

async function run(scale, { quick }) {
	const folder = await mkdtemp(join(tmpdir(), "skyput-scale-"));
	try {
		const bundled = join(folder, "uploads.mjs");
		await bundle(fileURLToPath(new URL(`./scale/${scale.program}.mjs`, import.meta.url)), bundled);
		const measured = [];
		for (let round = 0; round < (quick ? 1 : 3); round++) {
			const turn = [];
			for (const { words } of scale.competitors) turn.push(await measure(bundled, ...words));
			measured.push(turn);
		}
		return summarize(scale, measured);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

/** Bundled from the client's sources: a custom platform has no public entry point. */
async function bundle(program, outfile) {
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

function summarize({ competitors, columns, compare, targets }, measured) {
	const rows = competitors.map(({ name }, index) => ({
		"medians of the rounds": name,
		...Object.fromEntries(
			Object.entries(columns).map(([column, of]) => [
				column,
				median(measured.map((turn) => turn[index][of])),
			]),
		),
	}));
	const compared = measured.map(([few, many]) => compare(few, many));
	return {
		rows,
		targets: targets.map(({ of, ...target }) => ({
			...target,
			value: median(compared.map((values) => values[of])),
		})),
	};
}
