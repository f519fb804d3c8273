// Runs the examples' own tests: `npm run examples`, or with names, `npm run examples -- hono next`. An
// example of the workspace runs where it stands. One that brings a framework is copied to a folder of
// its own and installed there by npm, with the packages as they would be published; one that has a page is built
// and used in Chromium. With `--seed 7`, two of these: another two by each seed.
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildIfStale } from "./build.mjs";
import { checkEndpoint, checkPage } from "./check-page.mjs";
import { root, run } from "./command.mjs";
import { installPacked, packPackages } from "./packed.mjs";
import { startApp } from "./start-app.mjs";

/** Name -> package.json of every example but the demo, which `npm run check` runs. */
const examples = new Map();
for (const name of await readdir(join(root, "examples"))) {
	const file = join(root, "examples", name, "package.json");
	const manifest = JSON.parse(await readFile(file, "utf8"));
	if (manifest.scripts) examples.set(name, manifest);
}
const { values, positionals: asked } = parseArgs({
	options: { seed: { type: "string" } },
	allowPositionals: true,
});
const unknown = asked.filter((name) => !examples.has(name));
if (unknown.length > 0) {
	throw new Error(`There is no example ${unknown}; there are ${[...examples.keys()]}`);
}

await buildIfStale();
const scratch = await mkdtemp(join(tmpdir(), "skyput-examples-"));
const tarballs = await packPackages(scratch);

const failed = [];
for (const name of asked.length > 0 ? asked : chosen(values.seed)) {
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
// the local storages of the apps are still open
process.exit(failed.length === 0 ? 0 : 1);

/** Whether it is an app with a page, which is built and started. */
function hasPage(name) {
	const { build, start } = examples.get(name).scripts;
	return Boolean(build && start);
}

/** Whether it has no test of its own to run, but is used from a page in Chromium. */
function isUsed(name) {
	return hasPage(name) || !examples.get(name).scripts.test;
}

/** All of them; with a seed, two of those that are used in Chromium. */
function chosen(seed) {
	const names = [...examples.keys()];
	if (seed === undefined) return names;
	const apps = names.filter(isUsed);
	const first = 2 * Number(seed);
	const turn = [first, first + 1].map((index) => apps[index % apps.length]);
	return names.filter((name) => !isUsed(name) || turn.includes(name));
}

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
		!/[\\/](node_modules|\.next|\.nuxt|\.output|\.svelte-kit|\.tanstack|build|cdk\.out|dist|package-lock\.json)$/.test(
			path,
		);
	await cp(folder, copy, { recursive: true, filter });
	await installPacked(copy, tarballs);
	if (examples.get(name).scripts.test) await run("npm", ["test"], { cwd: copy });
	if (hasPage(name)) await useApp(copy);
	else if (!examples.get(name).scripts.test) await useServer(copy);
	await rm(copy, { recursive: true, force: true });
}

/** Builds an app, starts it with the variables of its local storage, and uses its page. */
async function useApp(folder) {
	// before there is a bucket, as on the machine that builds
	await run("npm", ["run", "build"], { cwd: folder });
	await withApp(folder, checkPage);
}

/** Starts a server without a page, and uploads to it from one of another origin. */
async function useServer(folder) {
	await withApp(folder, (address) => checkEndpoint(`${address}/uploads`));
}

async function withApp(folder, use) {
	const app = await startApp(folder);
	try {
		await use(app.address);
	} catch (error) {
		throw new Error(`${error.stack}\n${app.output()}`);
	} finally {
		await app.close();
	}
}

function indent(text) {
	return text.trimEnd().replaceAll(/^/gm, "        ");
}
