// Input of strangers, by generated examples:
//
//   npm run fuzz -- --seed 1        200,000 requests to the adapters, what requests cost the server, and
//                                   20,000 endpoints that lie to the client
//   … --short                       a few seconds of each
//   … --only server|cost|client     one of the three
//
// Each runs in a process with a heap of 100 MB. Exits with 1 and prints the seed and the shrunk input.
import { fork } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildIfStale } from "../../../../tools/build.mjs";

/** Generated inputs of each part. */
const runs = {
	server: { full: 200_000, short: 5_000 },
	cost: { full: 3_000, short: 60 },
	client: { full: 20_000, short: 400 },
};
/** Megabytes of JavaScript objects; a Lambda of 128 MB has as much. */
const heap = 100;

const { seed, short, only } = parseChoice();
await buildIfStale();
const folder = await mkdtemp(join(tmpdir(), "skyput-fuzz-"));
for (const part of Object.keys(runs)) {
	if (only !== undefined && only !== part) continue;
	const count = runs[part][short ? "short" : "full"];
	const start = performance.now();
	const problem = await runPart(part, count);
	const seconds = ((performance.now() - start) / 1000).toFixed(0);
	console.log(
		`${problem ? "FAILED" : "ok    "}  ${part}: ${count} inputs, seed ${seed}, ${seconds} s`,
	);
	if (problem) {
		console.log(
			`${problem}\nrepeat: npm run fuzz -- --seed ${seed} --only ${part}${short ? " --short" : ""}`,
		);
		process.exitCode = 1;
	}
}
await rm(folder, { recursive: true });

/** Runs one part in a process of its own. @returns what is wrong */
async function runPart(part, count) {
	const last = join(folder, part);
	const worker = fork(
		fileURLToPath(new URL("worker.mjs", import.meta.url)),
		[part, String(seed), String(count), last],
		{ execArgv: [`--max-old-space-size=${heap}`, "--expose-gc"] },
	);
	const code = await new Promise((resolve) => worker.once("exit", resolve));
	if (code === 0) return undefined;
	if (code === 1) return "the input above fails";
	const input = await readFile(last, "utf8");
	return `the process ended with ${code ?? worker.signalCode} at the input ${input.slice(0, 5_000)}`;
}

function parseChoice() {
	const { values } = parseArgs({
		options: {
			seed: { type: "string", default: "1" },
			short: { type: "boolean", default: false },
			only: { type: "string" },
		},
	});
	const seed = Number(values.seed);
	const isKnown = values.only === undefined || Object.hasOwn(runs, values.only);
	if (isKnown && Number.isSafeInteger(seed) && Math.abs(seed) < 2 ** 31) return { ...values, seed };
	console.error(
		`usage: npm run fuzz -- --seed NUMBER [--short] [--only ${Object.keys(runs).join("|")}]`,
	);
	process.exit(2);
}
