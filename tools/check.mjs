// Everything that must hold before a change goes in, short of the tests: `npm run check`. Every
// step runs, also after a failure, so that one run names all that is wrong.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkApi } from "./check-api.mjs";
import { checkBundlers, prepareBundles } from "./check-bundlers.mjs";
import { checkCloudNames } from "./check-cloud-names.mjs";
import {
	checkConsumerTypes,
	checkEntryPoints,
	checkTypeCost,
	prepareConsumer,
} from "./check-consumer.mjs";
import { checkDocs } from "./check-docs.mjs";
import { checkMetro } from "./check-metro.mjs";
import { checkSizes } from "./check-sizes.mjs";
import { checkSupplyChain } from "./check-supply-chain.mjs";
import { checkWorkflows } from "./check-workflows.mjs";
import { run } from "./command.mjs";
import { checkCommandDocs } from "./command-docs.mjs";
import { checkDefences, checkFaults } from "./defences.mjs";
import { checkOpenApi } from "./openapi.mjs";
import { packages, packPackages } from "./packed.mjs";

const scratch = await mkdtemp(join(tmpdir(), "skyput-check-"));
const consumer = join(scratch, "consumer");
let tarballs = {};
let bundles;
const folders = ["packages", "examples", "tools"];
const attw = ["--profile", "esm-only", "--format", "ascii", "--no-definitely-typed", "--no-color"];
const depcruise = ["--config", "tools/import-rules.mjs", "--output-type", "err-long", ...folders];

/** Name and work of each step, in order; from `build` on, each needs the one before. */
const steps = [
	["format and lint", () => run("biome", ["ci", "--error-on-warnings", "--colors=off", "."])],
	["imports", () => run("depcruise", depcruise)],
	["file sizes", checkSizes],
	["workflows", checkWorkflows],
	["supply chain", checkSupplyChain],
	["defences", checkDefences],
	["fixed faults", checkFaults],
	["types: tools", () => run("tsc", ["-p", "."])],
	["types: protocol", () => run("tsc", ["-p", "packages/protocol"])],
	["types: server", () => run("tsc", ["-p", "packages/server"])],
	["types: testing", () => run("tsc", ["-p", "packages/testing"])],
	["types: client", () => run("tsc", ["-p", "packages/client"])],
	[
		"types: the client without Node",
		() => run("tsc", ["-p", "packages/client/tsconfig.browser.json"]),
	],
	["types: cli", () => run("tsc", ["-p", "packages/cli"])],
	["types: frameworks", () => run("tsc", ["-p", "packages/frameworks"])],
	["types: the website", () => run("tsc", ["-p", "website"])],
	["types: the components", () => run("tsc", ["-p", "packages/registry"])],
	["types: the demo", () => run("tsc", ["-p", "examples/local"])],
	["public API", checkApi],
	["the contract in OpenAPI", checkOpenApi],
	["documents of the command", checkCommandDocs],
	["documents", checkDocs],
	["build", () => run("pnpm", ["-r", "--filter", "./packages/*", "run", "build"])],
	// it loads the settings of the examples, and those import the built packages
	["unused code", () => run("knip", [])],
	["size", () => run("size-limit", [])],
	[
		"pack",
		async () => {
			tarballs = await packPackages(scratch);
		},
	],
	...Object.keys(packages).flatMap((name) => [
		[`publint: ${name}`, () => run("publint", ["run", tarballs[name], "--strict"])],
		// the command has nothing to import
		...(name === "skyput"
			? []
			: [[`types as published: ${name}`, () => run("attw", [...attw, tarballs[name]])]]),
	]),
	["a consumer: install", () => prepareConsumer(consumer, tarballs)],
	["a consumer: types, and the blocks of the documents", () => checkConsumerTypes(consumer)],
	["a consumer: cost of the types of a large table", () => checkTypeCost(consumer)],
	["a consumer: every entry point loads", () => checkEntryPoints(consumer, tarballs)],
	[
		"bundlers: install",
		async () => {
			bundles = await prepareBundles(join(scratch, "bundlers"), tarballs);
		},
	],
	["bundlers: no warnings", () => checkBundlers(bundles)],
	["bundlers: React Native gets its own build", () => checkMetro(bundles)],
	["bundlers: the client names no cloud", () => checkCloudNames(bundles)],
	["the demo", () => run("node", ["examples/local/demo.mjs", "--once"])],
];

const failed = [];
for (const [name, work] of steps) {
	const start = performance.now();
	const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
	try {
		await work();
		console.log(`ok      ${name} (${seconds()})`);
	} catch (error) {
		failed.push(name);
		console.log(`FAILED  ${name} (${seconds()})\n${indent(error.message)}\n`);
	}
}
await rm(scratch, { recursive: true, force: true });

console.log(
	failed.length === 0
		? `${steps.length} checks passed`
		: `${failed.length} of ${steps.length} checks failed: ${failed.join(", ")}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

function indent(text) {
	return text.trimEnd().replaceAll(/^/gm, "        ");
}
