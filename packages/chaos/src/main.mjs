// Uploads through networks, pages and processes that fail:
//
//   npm run chaos -- --seed 1               injects faults into a fifth of all requests
//   npm run chaos -- --seed 1 --chromium    the same in pages that are reloaded and go offline; also
//                                           --firefox, and --webkit, which cannot go offline
//   npm run chaos -- --seed 1 --kill        processes that are killed and started again
//   npm run chaos -- --seed 1 --events      object handlers that are killed while they promote files
//   … --cloud gcs|azure|ceph                on startGcsServer, Azurite or Ceph instead of startS3Server;
//                                           --events on Ceph only
//   … --events --outcomes dynamodb          keeps outcomes in DynamoDB
//   … --short                               a few uploads only
//   … --fault straggler                     only faults of this name; more of them by more options
//
// Every upload must end as the fault table allows. Exits with 1 and prints every upload that did not;
// `--only 7,12` repeats single uploads with the same faults.
import { parseArgs } from "node:util";
import { engines } from "../../../tools/browsers/engines.ts";
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
			...Object.fromEntries(engines.map((engine) => [engine, { type: "boolean" }])),
			fault: { type: "string", multiple: true },
			cloud: { type: "string", default: "s3" },
			outcomes: { type: "string", default: "objects" },
		},
	});
	const { short, kill, events, fault, cloud, outcomes } = values;
	const engine = engines.find((name) => values[name]);
	const seed = Number(values.seed);
	const only = values.only?.split(",").map(Number);
	const isNumber = (number) => Number.isSafeInteger(number) && number >= 0;
	const isKnown =
		(events ? ["s3", "ceph"] : ["s3", "gcs", "azure", "ceph"]).includes(cloud) &&
		["objects", "dynamodb"].includes(outcomes);
	if ([seed, ...(only ?? [])].every(isNumber) && isKnown) {
		return { seed, short, only, engine, kill, events, fault, cloud, outcomes };
	}
	console.error(
		`usage: npm run chaos -- --seed NUMBER [--chromium | --firefox | --webkit | --kill] [--cloud s3|gcs|azure|ceph] [--short] [--only NUMBER,...] [--fault NAME]...
       npm run chaos -- --seed NUMBER --events [--cloud s3|ceph] [--outcomes objects|dynamodb] [--short]`,
	);
	process.exit(2);
}
