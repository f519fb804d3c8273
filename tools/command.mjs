import { fileURLToPath } from "node:url";
import { execa } from "execa";

/** The folder of the repository. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Runs a command, one of the root's `node_modules/.bin` first, and resolves with its output.
 *
 * @param {string} command
 * @param {readonly string[]} words
 * @param {{ readonly cwd?: string, readonly env?: Readonly<Record<string, string>> }} [options]
 * @returns {Promise<string>} stdout and stderr, interleaved as they came
 * @throws {Error} whose message is the command and all it printed, when it does not end with 0
 */
export async function run(command, words, { cwd = root, env = {} } = {}) {
	const result = await execa(command, words, {
		cwd,
		env: { NO_COLOR: "1", FORCE_COLOR: undefined, ...env },
		preferLocal: true,
		localDir: root,
		stdin: "ignore",
		all: true,
		reject: false,
	});
	if (!result.failed) return result.all;
	throw new Error(`${result.shortMessage}\n${result.all ?? ""}`);
}
