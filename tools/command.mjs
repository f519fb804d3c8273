import { spawn } from "node:child_process";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository. */
export const root = fileURLToPath(new URL("..", import.meta.url));

const path = [`${root}node_modules/.bin`, process.env["PATH"]].join(delimiter);

/**
 * Runs a command without a shell's surprises and resolves with its output.
 *
 * @param {string} command
 * @param {readonly string[]} words
 * @param {{ readonly cwd?: string, readonly env?: Readonly<Record<string, string>> }} [options]
 * @returns {Promise<string>} stdout and stderr, interleaved as they came
 * @throws {Error} whose message is the command and all it printed, when it does not end with 0
 */
export async function run(command, words, { cwd = root, env = {} } = {}) {
	const child = spawn(command, words, {
		cwd,
		env: { ...process.env, PATH: path, NO_COLOR: "1", FORCE_COLOR: undefined, ...env },
		stdio: ["ignore", "pipe", "pipe"],
		shell: process.platform === "win32",
	});
	let output = "";
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding("utf8").on("data", (text) => {
			output += text;
		});
	}
	const [code, signal] = await new Promise((resolve, reject) => {
		child.on("error", reject);
		child.on("close", (...end) => resolve(end));
	});
	if (code === 0) return output;
	const end = signal === null ? `ended with ${code}` : `was ended by ${signal}`;
	throw new Error(`${[command, ...words].join(" ")}\n${output}${command} ${end}`);
}
