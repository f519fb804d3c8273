// Removes each defence of SECURITY.md in turn, and runs the test that must then fail:
//
//   npm run mutate-defences                  all of them
//   … --faults                               undoes the fix of each fault instead (packages/*/test/faults.mjs)
//   … --seed 3 --seconds 120                 some, others by each seed, for at most so long
//   … --only packages/server/src/token.ts    those of one file
//
// Plugins (mutation.ts) change what the tests import or bundle; no file is written. Exits with 1 if a test passes
// without what was removed, or does not run.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { missingEngine } from "./browsers/engines.ts";
import { root } from "./command.mjs";
import { checkDefences, checkFaults, defences, faults } from "./defences.mjs";

const { values } = parseArgs({
	options: {
		seed: { type: "string", default: "0" },
		seconds: { type: "string", default: "Infinity" },
		only: { type: "string" },
		faults: { type: "boolean", default: false },
	},
});
const end = performance.now() + Number(values.seconds) * 1000;
await (values.faults ? checkFaults() : checkDefences());
const rows = values.faults ? faults : defences;
const chosen = rows.filter(
	({ file, engine }) => (values.only ?? file) === file && (engine === undefined || isFound(engine)),
);
const folder = await mkdtemp(join(tmpdir(), "skyput-defences-"));
const problems = [];
let tried = 0;
// each seed begins elsewhere
const first = (Number(values.seed) * 7) % chosen.length;
for (const row of [...chosen.slice(first), ...chosen.slice(0, first)]) {
	if (performance.now() > end) break;
	tried++;
	const title = row.defence ?? row.fault;
	const { killedBy, problem } = await runWithout(row);
	console.log(
		problem ? `SURVIVED  ${title}: ${problem}` : `killed    ${title}\n          by: ${killedBy}`,
	);
	if (problem) problems.push(title);
}
await rm(folder, { recursive: true });
const kind = values.faults ? "fixes" : "defences";
console.log(`${tried} of ${chosen.length} ${kind} removed, ${problems.length} survived`);
process.exitCode = problems.length === 0 && tried > 0 ? 0 : 1;

/** Whether an engine is installed, which CI takes for granted. */
function isFound(engine) {
	const missing = process.env.CI ? undefined : missingEngine(engine);
	if (missing) console.log(`not run in ${engine}: install ${missing}`);
	return !missing;
}

/** The project of a test: one that needs a page is in that of its engine. */
function projectOf(test, engine) {
	const name = test.split("/")[1];
	if (engine === undefined) return name;
	return `${name}:${engine}${test.includes(".driven.") ? ":driven" : ""}`;
}

/**
 * Runs the test of a row without what it removes. What never happens then can fail it by a time limit alone, so the
 * first line of the failure is told.
 *
 * @returns `killedBy`, or what is wrong: `problem`
 */
async function runWithout({ file, search, replace, test, name, engine }) {
	const report = join(folder, "report.json");
	const pattern = name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
	const words = [
		"run",
		"--config",
		"tools/mutated.config.ts",
		"--project",
		projectOf(test, engine),
	];
	const options = [
		"-t",
		pattern.replaceAll(/%[sdijo]|\\\$\w+/g, ".*"),
		"--reporter",
		"json",
		"--outputFile",
		report,
	];
	const { exitCode } = await execa("vitest", [...words, ...options, test], {
		cwd: root,
		env: { CI: "false", MUTATION: JSON.stringify({ file: join(root, file), search, replace }) },
		preferLocal: true,
		localDir: root,
		reject: false,
		all: true,
	});
	const { testResults } = JSON.parse(await readFile(report, "utf8"));
	await rm(report);
	const results = testResults.flatMap(({ assertionResults }) => assertionResults);
	const failed = results.find(({ status }) => status === "failed");
	if (failed) return { killedBy: `${failed.failureMessages[0]}`.split("\n")[0].slice(0, 200) };
	const passes = results.some(({ status }) => status === "passed");
	if (passes && exitCode !== 0) return { killedBy: "an error that no test has caught" };
	return {
		problem: passes
			? `"${name}" passes`
			: `"${name}" did not run: ${testResults[0]?.message.slice(0, 300)}`,
	};
}
