// Uploads through a network that breaks a fifth of all requests: npm run chaos -- --seed 1 [--short]
//
// Every upload must end as the fault table says. Exit code 1 with the seed, and the story of every
// upload that did not; `--only 7,12` repeats single ones, with the faults that they had.
import { parseArgs } from "node:util";
import { buildIfStale } from "../../../../tools/build.mjs";
import { stopped } from "../stopped.mjs";

const choice = choose();
await buildIfStale();
// after the build, which makes what this loads
const { runChaos } = await import("./run.mjs");
try {
	process.exitCode = (await runChaos(choice)) ? 0 : 1;
} catch (error) {
	if (!stopped.aborted) {
		console.error(`FAILED: seed ${choice.seed}`);
		throw error;
	}
	process.exitCode = 130;
}

function choose() {
	const { values } = parseArgs({
		options: {
			seed: { type: "string", default: "1" },
			short: { type: "boolean", default: false },
			only: { type: "string" },
		},
	});
	const { short } = values;
	const seed = Number(values.seed);
	const only = values.only?.split(",").map(Number);
	if ([seed, ...(only ?? [])].every((number) => Number.isSafeInteger(number) && number >= 0)) {
		return { seed, short, only };
	}
	console.error("usage: npm run chaos -- --seed NUMBER [--short] [--only NUMBER,...]");
	process.exit(2);
}
