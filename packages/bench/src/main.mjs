// Measurements, as ratios against a peer in the same run:
//
//   npm run bench                   all of them
//   npm run bench -- signing        one of them
//   npm run bench -- peers          all with this prefix: peers-plain, peers-tls, …
//   npm run bench -- --json FILE    the numbers also as JSON
//   npm run bench -- --quick        a smoke test with meaningless numbers
//   npm run bench -- peers --write  saves the numbers in docs/performance and writes the documents
//   npm run bench -- --draw         writes the documents from the saved numbers
import { writeFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { buildIfStale } from "../../../tools/build.mjs";
import { root, run as runCommand } from "../../../tools/command.mjs";
import { writeDocuments } from "./report/documents.mjs";
import { keep } from "./report/kept.mjs";
import { printResult, printTargets } from "./report/print.mjs";
import { stopped } from "./stopped.mjs";

/**
 * @typedef {object} Benchmark
 * @property {string} title
 * @property {(context: Context) => Promise<Result>} run rejects when something did not work, or did
 *   other work than it should; never for being slow
 * @property {() => string | undefined} [missing] what it needs and does not find, and how to get it
 * @property {(result: Result) => readonly import("./report/bar-chart.mjs").Chart[]} [charts] for the
 *   documents, in which the title stands over the first one
 *
 * @typedef {object} Context
 * @property {boolean} quick
 *
 * @typedef {object} Result
 * @property {readonly Readonly<Record<string, string | number | undefined>>[]} rows
 *   one table, all rows with the same members; numbers as measured
 * @property {readonly import("./report/print.mjs").Target[]} targets
 *
 * @typedef {Result & { title: string, machine: ReturnType<typeof describeMachine> }} Kept
 */

/** Imported when chosen, so that one benchmark does not weigh on another. */
const benchmarks = {
	signing: () => import("./signing.mjs"),
	endpoint: () => import("./endpoint.mjs"),
	node: () => import("./node.mjs"),
	"cold-start": () => import("./cold-start.mjs"),
	"peers-plain": async () => (await import("./peers/networks.mjs")).plain,
	"peers-tls": async () => (await import("./peers/networks.mjs")).tls,
	"peers-line": async () => (await import("./peers/networks.mjs")).line,
	"peers-tail": () => import("./peers/tail.mjs"),
	"peers-bundles": () => import("./peers/bundles.mjs"),
	"peers-memory": () => import("./peers/memory.mjs"),
	"browser-plain": async () => (await import("./browser/speed.mjs")).plain,
	"browser-tls": async () => (await import("./browser/speed.mjs")).tls,
	"browser-line": async () => (await import("./browser/speed.mjs")).line,
	"browser-hosts": async () => (await import("./browser/speed.mjs")).hosts,
	"browser-page": () => import("./browser/page.mjs"),
	"scale-parts": async () => (await import("./scale.mjs")).parts,
	"scale-uploads": async () => (await import("./scale.mjs")).uploads,
	"scale-page": () => import("./browser/many-files.mjs"),
	steps: () => import("./steps.mjs"),
	"object-events": () => import("./object-events.mjs"),
};

const choice = parseChoice();
if (choice === undefined) process.exitCode = 2;
else {
	try {
		process.exitCode = await runChoice(choice);
	} catch (error) {
		if (!stopped.aborted) throw error;
		process.exitCode = 130;
	}
}

function parseChoice() {
	const known = Object.keys(benchmarks);
	try {
		const { values, positionals } = parseArgs({
			options: {
				json: { type: "string" },
				quick: { type: "boolean", default: false },
				write: { type: "boolean", default: false },
				draw: { type: "boolean", default: false },
			},
			allowPositionals: true,
		});
		if (values.write && values.quick) throw new Error("What --quick measures is not kept.");
		const meant = (word) => known.filter((name) => name === word || name.startsWith(`${word}-`));
		const unknown = positionals.filter((word) => meant(word).length === 0);
		if (unknown.length > 0) throw new Error(`There is no benchmark ${unknown.join(", ")}.`);
		return { ...values, names: positionals.length > 0 ? positionals.flatMap(meant) : known };
	} catch (error) {
		console.error(
			`${error.message}\nusage: npm run bench -- [${known.join("] [")}] [--quick] [--json FILE] [--write | --draw]`,
		);
		return undefined;
	}
}

async function runChoice({ draw, write, ...work }) {
	if (draw) {
		await drawAll();
		return 0;
	}
	await buildIfStale();
	const machine = describeMachine();
	const { results, failed } = await runAll(machine, work);
	if (write) {
		await keep(root, machine, results);
		await drawAll();
	}
	// a missed target is not a failure: the machine may have been busy
	return failed ? 1 : 0;
}

/** Writes and formats the documents. */
async function drawAll() {
	await writeDocuments(root, benchmarks);
	await runCommand("biome", ["format", "--write", "README.md", "docs"]);
}

async function runAll(machine, { names, quick, json }) {
	console.log(Object.values(machine).join(", "));
	const results = [];
	let failed = false;
	for (const name of names) {
		/** @type {Benchmark} */
		const { title, run, missing } = await benchmarks[name]();
		console.log(`\n${title}${quick ? " (quick)" : ""}`);
		const needed = missing?.();
		if (needed !== undefined) {
			failed = true;
			console.error(`  left out: this needs ${needed}`);
			continue;
		}
		try {
			const result = await run({ quick });
			printResult(result);
			results.push({ name, title, ...result });
		} catch (error) {
			stopped.throwIfAborted();
			failed = true;
			console.error(error);
		}
	}
	console.log();
	printTargets(results);
	if (json !== undefined) {
		await writeFile(json, `${JSON.stringify({ machine, quick, results }, undefined, "\t")}\n`);
	}
	return { results, failed };
}

function describeMachine() {
	const [{ model }] = cpus();
	return {
		date: new Date().toISOString().slice(0, 10),
		runtime: `Node ${process.version}`,
		processor: `${cpus().length} x ${model.trim()}`,
		load: `load ${loadavg()[0].toFixed(2)}`,
	};
}
