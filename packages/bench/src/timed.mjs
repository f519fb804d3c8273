import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { stopped } from "./stopped.mjs";

/**
 * Runs a command and takes its processor time, from start to end, by the shell's `time`: Node cannot
 * tell that of a child. The shell between is also what makes the child's own peak of memory true, since
 * Linux hands that of the process that forked on to the program.
 *
 * @param {string} command
 * @param {readonly string[]} words
 * @param {Readonly<Record<string, string>>} [env] besides this process' own
 * @returns {Promise<{ stdout: string, cpuSeconds: number }>}
 * @throws {Error} with all that it printed, when it does not end with 0
 */
export async function timed(command, words, env = {}) {
	stopped.throwIfAborted();
	const child = spawn("bash", ["-c", 'TIMEFORMAT="%U %S"; time "$@"', "bash", command, ...words], {
		env: { ...process.env, ...env, LC_ALL: "C" },
		stdio: ["ignore", "pipe", "pipe"],
		// a group of their own: a signal to the shell alone would leave the command behind
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
