// Runs the examples' own tests: `npm run examples`, or with names, `npm run examples -- hono next`. An
// example of the workspace runs where it stands. One that brings a framework is copied to a folder of
// its own and installed there by npm, with the packages as they would be published.
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildIfStale } from "./build.mjs";
import { root, run } from "./command.mjs";
import { installPacked, packPackages } from "./packed.mjs";

/** Name -> package.json of every example with a test; `npm run check` runs the one without, the demo. */
const examples = new Map();
for (const name of await readdir(join(root, "examples"))) {
	const file = join(root, "examples", name, "package.json");
	const manifest = JSON.parse(await readFile(file, "utf8"));
	if (manifest.scripts?.test) examples.set(name, manifest);
}
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !examples.has(name));
if (unknown.length > 0) {
	throw new Error(`There is no example ${unknown}; there are ${[...examples.keys()]}`);
}

await buildIfStale();
const scratch = await mkdtemp(join(tmpdir(), "skyput-examples-"));
const tarballs = await packPackages(scratch);

const failed = [];
for (const name of asked.length > 0 ? asked : examples.keys()) {
	const start = performance.now();
	const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
	try {
		await test(name);
		console.log(`ok      examples/${name} (${seconds()})`);
	} catch (error) {
		failed.push(name);
		console.log(`FAILED  examples/${name} (${seconds()})\n${indent(error.message)}\n`);
	}
}
await rm(scratch, { recursive: true, force: true });
process.exitCode = failed.length === 0 ? 0 : 1;

/** @throws {Error} with all that its test printed, when it fails */
async function test(name) {
	const folder = join(root, "examples", name);
	const ranges = Object.values(examples.get(name).dependencies);
	if (ranges.some((range) => range.startsWith("workspace:"))) {
		await run("pnpm", ["--dir", folder, "run", "test"]);
		return;
	}
	const copy = join(scratch, name);
	// a checkout may have been used to try the example
	const filter = (path) =>
		!/[\\/](node_modules|\.next|cdk\.out|dist|package-lock\.json)$/.test(path);
	await cp(folder, copy, { recursive: true, filter });
	await installPacked(copy, tarballs);
	await run("npm", ["test"], { cwd: copy });
	await rm(copy, { recursive: true, force: true });
}

function indent(text) {
	return text.trimEnd().replaceAll(/^/gm, "        ");
}
