import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Project } from "./project.js";

/** The words of the command that adds packages. */
export function installCommand(
	{ packageManager }: Project,
	packages: readonly string[],
): readonly [program: string, ...words: string[]] {
	return [packageManager, packageManager === "npm" ? "install" : "add", ...packages];
}

/**
 * Adds packages by the project's package manager; what it prints goes to stderr.
 *
 * @returns Whether it succeeded.
 */
export async function installPackages(
	project: Project,
	packages: readonly string[],
	signal: AbortSignal,
): Promise<boolean> {
	const [program, ...words] = installCommand(project, packages);
	const child = spawn(program, words, {
		cwd: project.cwd,
		stdio: ["ignore", 2, 2],
		// npm is a script there
		shell: process.platform === "win32",
	});
	// Ctrl-C of a terminal reaches it too; other signals do not
	signal.addEventListener("abort", () => child.kill(), { once: true });
	try {
		const [code] = await once(child, "exit");
		return code === 0;
	} catch {
		return false;
	}
}
