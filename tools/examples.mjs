// Runs the examples: `npm run examples`, or with names, `npm run examples -- hono next`. An example of the
// workspace runs its test where it stands. Every other is copied to a folder of its own and installed there by
// npm, with the packages as they would be published; one that can be started is used in Chromium. With `--seed 7`,
// two of these: another two by each seed.
import { createHmac, randomBytes } from "node:crypto";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildIfStale } from "./build.mjs";
import { checkEndpoint, checkPage } from "./check-page.mjs";
import { root, run } from "./command.mjs";
import { installPacked, packPackages } from "./packed.mjs";
import { startApp } from "./start-app.mjs";

/** User 42 of the servers that look for a login, and the variables that these need. */
const callers = {
	express: () => ({ headers: { authorization: "Bearer a-session-of-user-42" } }),
	hono() {
		const secret = randomBytes(32).toString("hex");
		const encode = (part) => Buffer.from(JSON.stringify(part)).toString("base64url");
		const claims = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ sub: "42" })}`;
		const signature = createHmac("sha256", secret).update(claims).digest("base64url");
		const headers = { authorization: `Bearer ${claims}.${signature}` };
		return { env: { JWT_SECRET: secret }, headers };
	},
};

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

/** Whether it can be started, and is used from a page in Chromium. */
function isUsed(name) {
	// the keys of two-clouds are not the page's; its own test uploads to both
	return Boolean(examples.get(name).scripts.start) && name !== "two-clouds";
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
	const { dependencies, scripts } = examples.get(name);
	if (scripts.test) await run("npm", ["test"], { cwd: copy });
	// before there is a bucket, as on the machine that builds
	if (scripts.build) await run("npm", ["run", "build"], { cwd: copy });
	// the client is a dependency of those that have a page
	if (isUsed(name)) await useApp(name, copy, "@skyput/client" in dependencies);
	// what a dev server had begun to write may still come
	await rm(copy, { recursive: true, force: true, maxRetries: 10 });
}

/**
 * Uses an app as it is built, and its dev server, which has a local storage of its own: uploads from its page or from
 * one of another origin.
 */
async function useApp(name, folder, hasPage) {
	const { env, headers } = callers[name]?.() ?? {};
	for (const script of ["start", "dev"]) {
		const app = await startApp(folder, env, script);
		try {
			await (hasPage ? checkPage(app.address) : checkEndpoint(`${app.address}/uploads`, headers));
		} catch (error) {
			throw new Error(`${script}: ${error.stack}\n${app.output()}`);
		} finally {
			await app.close();
		}
	}
}

function indent(text) {
	return text.trimEnd().replaceAll(/^/gm, "        ");
}
