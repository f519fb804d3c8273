// Uploads through networks, pages and processes that fail:
//
//   npm run chaos -- --seed 1               injects faults into a fifth of all requests
//   npm run chaos -- --seed 1 --chromium    the same in pages that are reloaded and go offline
//   npm run chaos -- --seed 1 --kill        processes that are killed and started again
//   npm run chaos -- --seed 1 --events      object handlers that are killed while they promote files
//   … --cloud gcs|azure                     on startGcsServer or Azurite instead of startS3Server
//   … --short                               a few uploads only
//   … --fault straggler                     only faults of this name; more of them by more options
//
// Every upload must end as the fault table allows. Exits with 1 and prints every upload that did not;
// `--only 7,12` repeats single uploads with the same faults.
import { parseArgs } from "node:util";
import { buildIfStale } from "../../../tools/build.mjs";

const controller = new AbortController();
for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => controller.abort());
const { signal } = controller;

const choice = parseChoice();
await buildIfStale();
// imported after the build that it needs
const { run } = await (choice.kill
	? import("./kill-run.mjs")
	: choice.events
		? import("./events-run.mjs")
		: import("./run.mjs"));
try {
	process.exitCode = (await run({ ...choice, signal })) ? 0 : 1;
} catch (error) {
	if (!signal.aborted) {
		console.error(`FAILED: seed ${choice.seed}`);
		throw error;
	}
	process.exitCode = 130;
}

function parseChoice() {
	const { values } = parseArgs({
		options: {
			seed: { type: "string", default: "1" },
			short: { type: "boolean", default: false },
			only: { type: "string" },
			kill: { type: "boolean", default: false },
			events: { type: "boolean", default: false },
			chromium: { type: "boolean", default: false },
			fault: { type: "string", multiple: true },
			cloud: { type: "string", default: "s3" },
		},
	});
	const { short, chromium, kill, events, fault, cloud } = values;
	const seed = Number(values.seed);
	const only = values.only?.split(",").map(Number);
	const isNumber = (number) => Number.isSafeInteger(number) && number >= 0;
	if ([seed, ...(only ?? [])].every(isNumber) && ["s3", "gcs", "azure"].includes(cloud)) {
		return { seed, short, only, chromium, kill, events, fault, cloud };
	}
	console.error(
		"usage: npm run chaos -- --seed NUMBER [--chromium | --kill | --events] [--cloud s3|gcs|azure] [--short] [--only NUMBER,...] [--fault NAME]...",
	);
	process.exit(2);
}
