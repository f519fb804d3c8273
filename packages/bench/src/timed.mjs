import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { stopped } from "./stopped.mjs";

/**
 * Runs a command and measures its processor time by the shell's `time`, since Node cannot measure a
 * child's. The shell also keeps Linux from counting this process into the child's peak memory.
 *
 * @param {string} command
 * @param {readonly string[]} words
 * @param {Readonly<Record<string, string>>} [env] besides this process' own
 * @returns {Promise<{ stdout: string, cpuSeconds: number }>}
 * @throws {Error} with its output when it exits with an error
 */
export async function timed(command, words, env = {}) {
	stopped.throwIfAborted();
	const child = spawn("bash", ["-c", 'TIMEFORMAT="%U %S"; time "$@"', "bash", command, ...words], {
		env: { ...process.env, ...env, LC_ALL: "C" },
		stdio: ["ignore", "pipe", "pipe"],
		// a process group of its own: a signal to the shell alone would leave the command running
		detached: true,
	});
	const stop = () => process.kill(-child.pid);
	stopped.addEventListener("abort", stop);
	try {
		const [[code], stdout, stderr] = await Promise.all([
			once(child, "close"),
			text(child.stdout),
			text(child.stderr),
		]);
		stopped.throwIfAborted();
		if (code !== 0) throw new Error(`${command} ended with ${code}:\n${stdout}${stderr}`);
		const [user, system] = stderr.trim().split("\n").at(-1).split(" ").map(Number);
		return { stdout, cpuSeconds: user + system };
	} finally {
		stopped.removeEventListener("abort", stop);
	}
}
