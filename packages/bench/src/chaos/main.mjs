// Uploads through a network that breaks a fifth of all requests: npm run chaos -- --seed 1 [--short]
//
// Every upload must end as the fault table says. Exit code 1 with the seed, and the story of every
// upload that did not.
import { parseArgs } from "node:util";
import { buildIfStale } from "../../../../tools/build.mjs";
import { stopped } from "../stopped.mjs";

const { seed, short } = choose();
await buildIfStale();
// after the build, which makes what this loads
const { runChaos } = await import("./run.mjs");
try {
	process.exitCode = (await runChaos({ seed, short })) ? 0 : 1;
} catch (error) {
	if (!stopped.aborted) {
		console.error(`FAILED: seed ${seed}`);
		throw error;
	}
	process.exitCode = 130;
}

function choose() {
	const { values } = parseArgs({
		options: { seed: { type: "string", default: "1" }, short: { type: "boolean", default: false } },
	});
	const number = Number(values.seed);
	if (Number.isSafeInteger(number) && number >= 0) return { seed: number, short: values.short };
	console.error("usage: npm run chaos -- --seed NUMBER [--short]");
	process.exit(2);
}
