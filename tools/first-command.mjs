// What a new user of the command types, in an empty folder: `npx skyput init --yes`, `npx skyput dev`, and an
// upload from the page. A registry on this machine has the packed packages, and npm's cache is empty.
// `npm run first-command`
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildIfStale } from "./build.mjs";
import { run } from "./command.mjs";
import { startRegistry } from "./local-registry.mjs";
import { packPackages } from "./packed.mjs";
import { uploadInPage } from "./upload-in-page.mjs";

/** Seconds that the page may take from the first command on. */
const limit = 120;

await buildIfStale();
const scratch = await mkdtemp(join(tmpdir(), "skyput-first-command-"));
const registry = await startRegistry(await packPackages(scratch));
const folder = join(scratch, "empty");
await mkdir(folder);
const env = {
	...process.env,
	npm_config_registry: registry.url,
	npm_config_cache: join(scratch, "cache"),
	npm_config_audit: "false",
	npm_config_fund: "false",
	npm_config_user_agent: undefined, // pnpm's, which runs this script
	XDG_STATE_HOME: join(scratch, "state"),
	NO_COLOR: "1",
};
const servers = [];
try {
	const start = performance.now();
	await run("npx", ["--yes", "skyput", "init", "--yes"], { cwd: folder, env });
	const dev = serve("npx", ["--yes", "skyput", "dev", "--port", "0", "--storage-port", "0"]);
	const [, page] = await dev.prints(/Page +(http:\S+)/);
	await uploadInPage(
		page,
		(page) => page.getByLabel("Files", { exact: true }).first(),
		(page) => page.locator('a[href="/stored/users%2F42%2Ffilm.bin"]'),
	);
	const seconds = Math.round((performance.now() - start) / 1000);
	assert.ok(seconds < limit, `the first upload took ${seconds} s, more than ${limit} s`);
	console.log(`ok      npx skyput init && npx skyput dev: an upload from the page (${seconds} s)`);

	await checkServer(await dev.prints(/UPLOAD_TOKEN_SECRET=\S+/));
	console.log("ok      the server that it wrote takes an upload of the command");

	process.kill(-dev.child.pid, "SIGINT");
	await dev.ended;
} finally {
	// npx has children of its own
	for (const { child } of servers) if (isRunning(child)) process.kill(-child.pid);
	registry.close();
	await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
}

function isRunning({ exitCode, signalCode }) {
	return exitCode === null && signalCode === null;
}

/** Starts a server and collects what it prints. */
function serve(program, words, extraEnv = {}) {
	const child = spawn(program, words, {
		cwd: folder,
		env: { ...env, ...extraEnv },
		detached: true,
		stdio: ["ignore", "pipe", "inherit"],
	});
	let text = "";
	child.stdout.on("data", (chunk) => {
		text += chunk;
	});
	const server = {
		child,
		ended: once(child, "close"),
		/** Waits until it printed this. */
		async prints(pattern) {
			while (!pattern.test(text)) {
				const ended = await Promise.race([once(child.stdout, "data"), server.ended]);
				assert.ok(isRunning(child), `${words} ended with ${ended}:\n${text}`);
			}
			return pattern.exec(text);
		},
	};
	servers.push(server);
	return server;
}

/** Runs the server that was written with the variables that `skyput dev` printed, and uploads to it. */
async function checkServer({ input }) {
	const variables = Object.fromEntries(
		[...input.matchAll(/^ {2}([A-Z0-9_]+)=(\S+)$/gm)].map(([, name, value]) => [name, value]),
	);
	const server = serve("node", ["server.ts"], { ...variables, PORT: "0" });
	await writeFile(join(folder, "film.bin"), randomBytes(100_000));
	const [endpoint] = await server.prints(/http:\S+/);
	const words = ["upload", "film.bin", "users/42/second.bin", "--endpoint", endpoint, "--json"];
	const result = await run("npx", ["--yes", "skyput", ...words], { cwd: folder, env });
	assert.equal(JSON.parse(result).stored[0].key, "users/42/second.bin");
}
