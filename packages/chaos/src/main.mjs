// Uploads that meet what uploads meet:
//
//   npm run chaos -- --seed 1               a network that breaks a fifth of all requests
//   npm run chaos -- --seed 1 --chromium    the same in pages, which are reloaded and lose their network
//   npm run chaos -- --seed 1 --kill        processes that are killed and started again
//   … --short                               a few of them
//
// Every upload must end as the fault table says. Exit code 1 with the seed, and the story of every
// upload that did not; `--only 7,12` repeats single ones, with the faults that they had.
import { parseArgs } from "node:util";
import { buildIfStale } from "../../../tools/build.mjs";

const controller = new AbortController();
for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => controller.abort());
const { signal } = controller;

const choice = choose();
await buildIfStale();
// after the build, which makes what this loads
const { run } = await (choice.kill ? import("./kill-run.mjs") : import("./run.mjs"));
try {
	process.exitCode = (await run({ ...choice, signal })) ? 0 : 1;
} catch (error) {
	if (!signal.aborted) {
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
			kill: { type: "boolean", default: false },
			chromium: { type: "boolean", default: false },
		},
	});
	const { short, chromium, kill } = values;
	const seed = Number(values.seed);
	const only = values.only?.split(",").map(Number);
	if ([seed, ...(only ?? [])].every((number) => Number.isSafeInteger(number) && number >= 0)) {
		return { seed, short, only, chromium, kill };
	}
	console.error(
		"usage: npm run chaos -- --seed NUMBER [--chromium | --kill] [--short] [--only NUMBER,...]",
	);
	process.exit(2);
}
