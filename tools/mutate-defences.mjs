// Removes each defence of SECURITY.md in turn, and runs the test that must then fail:
//
//   npm run mutate-defences                  all of them
//   … --seed 3 --seconds 120                 some, others by each seed, for at most so long
//   … --only packages/server/src/token.ts    those of one file
//
// Only what the tests import is changed, by a plugin of Vite: no file is written. Exits with 1 where a test passes
// without the defence, does not run, or fails with it.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { root } from "./command.mjs";
import { checkDefences, defences } from "./defences.mjs";

const { values } = parseArgs({
	options: {
		seed: { type: "string", default: "0" },
		seconds: { type: "string", default: "Infinity" },
		only: { type: "string" },
	},
});
const end = performance.now() + Number(values.seconds) * 1000;
await checkDefences();
const chosen = defences.filter(({ file }) => values.only === undefined || file === values.only);
const folder = await mkdtemp(join(tmpdir(), "skyput-defences-"));
const problems = [];
let tried = 0;
// each seed begins elsewhere
const first = (Number(values.seed) * 7) % chosen.length;
for (const defence of [...chosen.slice(first), ...chosen.slice(0, first)]) {
	if (performance.now() > end) break;
	tried++;
	const problem = await problemWithout(defence);
	console.log(
		`${problem ? "SURVIVED" : "killed  "}  ${defence.defence}${problem ? `: ${problem}` : ""}`,
	);
	if (problem) problems.push(defence.defence);
}
await rm(folder, { recursive: true });
console.log(`${tried} of ${chosen.length} defences removed, ${problems.length} survived`);
process.exitCode = problems.length === 0 && tried > 0 ? 0 : 1;

/** Runs a defence's test without it. @returns what is wrong, or undefined where the test fails as it must */
async function problemWithout({ file, search, replace, test, name }) {
	const report = join(folder, "report.json");
	const pattern = name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
	const words = ["run", "--config", "tools/mutated.config.ts", "--project", test.split("/")[1]];
	const options = [
		"-t",
		pattern.replaceAll(/%[sdijo]/g, ".*"),
		"--reporter",
		"json",
		"--outputFile",
		report,
	];
	await execa("vitest", [...words, ...options, test], {
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
	if (results.some(({ status }) => status === "failed")) return undefined;
	return results.some(({ status }) => status === "passed")
		? `"${name}" passes`
		: `"${name}" did not run: ${testResults[0]?.message.slice(0, 300)}`;
}
