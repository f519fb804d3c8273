// Measurements, as ratios against a peer in the same run:
//
//   npm run bench                   all of them
//   npm run bench -- signing        those named
//   npm run bench -- browser        all whose name begins so: browser-plain, browser-tls, …
//   npm run bench -- --json FILE    the numbers also as JSON
//   npm run bench -- --quick        little work: does it run at all? Its numbers mean little
import { writeFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { buildIfStale } from "../../../tools/build.mjs";
import { printResult, printTargets } from "./report.mjs";
import { stopped } from "./stopped.mjs";

/**
 * @typedef {object} Benchmark
 * @property {string} title
 * @property {(context: Context) => Promise<Result>} run rejects when something did not work, or did
 *   other work than it should; never for being slow
 * @property {() => string | undefined} [missing] what it needs and does not find, and how to get it
 *
 * @typedef {object} Context
 * @property {boolean} quick
 *
 * @typedef {object} Result
 * @property {readonly Readonly<Record<string, string | number | undefined>>[]} rows
 *   one table, all rows with the same members; numbers as measured
 * @property {readonly import("./report.mjs").Target[]} targets
 */

/** Loaded only when chosen: what one benchmark brings into the process is no weight on another. */
const benchmarks = {
	signing: () => import("./signing.mjs"),
	node: () => import("./node.mjs"),
	"cold-start": () => import("./cold-start.mjs"),
	"browser-plain": async () => (await import("./browser/speed.mjs")).plain,
	"browser-tls": async () => (await import("./browser/speed.mjs")).tls,
	"browser-line": async () => (await import("./browser/speed.mjs")).line,
	"browser-page": () => import("./browser/page.mjs"),
	scale: () => import("./scale.mjs"),
};

const choice = choose();
if (choice === undefined) process.exitCode = 2;
else {
	try {
		await buildIfStale();
		process.exitCode = await runAll(choice);
	} catch (error) {
		if (!stopped.aborted) throw error;
		process.exitCode = 130;
	}
}

function choose() {
	const known = Object.keys(benchmarks);
	try {
		const { values, positionals } = parseArgs({
			options: { json: { type: "string" }, quick: { type: "boolean", default: false } },
			allowPositionals: true,
		});
		const meant = (word) => known.filter((name) => name === word || name.startsWith(`${word}-`));
		const unknown = positionals.filter((word) => meant(word).length === 0);
		if (unknown.length > 0) throw new Error(`There is no benchmark ${unknown.join(", ")}.`);
		return { ...values, names: positionals.length > 0 ? positionals.flatMap(meant) : known };
	} catch (error) {
		console.error(
			`${error.message}\nusage: npm run bench -- [${known.join("] [")}] [--quick] [--json FILE]`,
		);
		return undefined;
	}
}

async function runAll({ names, quick, json }) {
	const machine = describeMachine();
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
	// a missed target is no failure: a busy machine misses one that a quiet one reaches, and a person
	// has to tell the two apart
	return failed ? 1 : 0;
}

function describeMachine() {
	const [{ model }] = cpus();
	return {
		runtime: `Node ${process.version}`,
		processor: `${cpus().length} x ${model.trim()}`,
		load: `load ${loadavg()[0].toFixed(2)}`,
	};
}
