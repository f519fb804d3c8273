import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { freePorts } from "./free-ports.ts";
import { findRuntime } from "./runtimes.ts";

/**
 * Starts an app by a script of its package, with the variables that its local-storage.mjs sets, and waits until it answers.
 * Bun and Deno are those of `npm run runtimes`.
 *
 * @param {string} folder where it is installed and built
 * @param {Readonly<Record<string, string>>} [variables] besides those of the storage
 * @param {"start" | "dev"} [script]
 * @returns {Promise<{ address: string, output(): string, close(): Promise<void> }>}
 */
export async function startApp(folder, variables = {}, script = "start") {
	const port = await freePorts();
	const address = `http://127.0.0.1:${port}`;
	await import(pathToFileURL(join(folder, "local-storage.mjs")).href);
	const runtimes = ["bun", "deno"].flatMap((name) => findRuntime(name)?.slice(0, 1) ?? []);
	const path = [...runtimes.map(dirname), process.env.PATH].join(delimiter);
	const env = {
		...process.env,
		...variables,
		PATH: path,
		HOST: "127.0.0.1",
		PORT: String(port),
		ORIGIN: address,
	};
	const { scripts } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
	const words = ["--", ...wordsFor(scripts[script], port)];
	const options = { cwd: folder, env, detached: true, stdio: ["ignore", "pipe", "pipe"] };
	const child = spawn("npm", ["run", script, ...words], options);
	const exited = once(child, "exit");
	let output = "";
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding("utf8").on("data", (text) => {
			output += text;
		});
	}
	const app = {
		address,
		output: () => output,
		async close() {
			if (child.exitCode !== null || child.signalCode !== null) return;
			// npm has children of its own
			process.kill(-child.pid);
			await exited;
		},
	};
	for (const end = performance.now() + 240_000; performance.now() < end; await delay(200)) {
		if (child.exitCode !== null) break;
		const answers = await fetch(address).then(
			() => true,
			() => false,
		);
		if (answers) return app;
	}
	await app.close();
	throw new Error(`\`${scripts[script]}\` does not answer at ${address}\n${output}`);
}

/** Where to listen, for those that the environment does not tell: Next.js, and the dev servers of frameworks. */
function wordsFor(command, port) {
	if (/^next |\/bin\/next /.test(command))
		return ["--hostname", "127.0.0.1", "--port", String(port)];
	return /\/bin\/|\/@react-router\//.test(command)
		? ["--host", "127.0.0.1", "--port", String(port)]
		: [];
}
