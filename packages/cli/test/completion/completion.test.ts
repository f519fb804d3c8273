import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findProgram } from "../../../../tools/find-program.js";
import { makeFolder } from "../folder.js";
import { run } from "../run.js";

const script = async (shell: string): Promise<string> => {
	const { exitCode, stdout } = await run(["completion", shell]);
	expect(exitCode).toBe(0);
	return stdout;
};

/** What each shell offers after these words. */
const offered = [
	[["up"], ["upload"]],
	[["upload", "--exi"], ["--existing"]],
	[
		["upload", "--existing", ""],
		["fail", "skip"],
	],
	[
		["completion", ""],
		["bash", "fish", "zsh"],
	],
	[["init", "--framework", "h"], ["hono"]],
	[["upload", "fil"], ["film.bin"]],
] as const;

async function folderWithFilm(): Promise<string> {
	return makeFolder({ "film.bin": "" });
}

describe("bash", () => {
	test.each(offered)("completes %j to %j", async (words, expected) => {
		const cwd = await folderWithFilm();
		const file = join(cwd, "completion.sh");
		await writeFile(
			file,
			`${await script("bash")}
COMP_WORDS=(skyput "$@")
COMP_CWORD=$#
_skyput
# as \`complete -o default\` does
((\${#COMPREPLY[@]})) || COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
printf '%s\\n' "\${COMPREPLY[@]}"`,
		);
		const text = execFileSync("bash", [file, ...words], { cwd, encoding: "utf8" });
		expect(text.trim().split("\n").sort()).toEqual(expected);
	});
});

describe.runIf(findProgram({ names: ["fish"] }))("fish", () => {
	test.each(offered)("completes %j to %j", async (words, expected) => {
		const cwd = await folderWithFilm();
		const file = join(cwd, "completion.fish");
		await writeFile(file, await script("fish"));
		const line = ["skyput", ...words].join(" ");
		const text = execFileSync(
			"fish",
			["--no-config", "-c", `source ${file}; complete -C '${line}'`],
			{
				cwd,
				encoding: "utf8",
				env: { ...process.env, HOME: cwd },
			},
		);
		const found = text
			.trim()
			.split("\n")
			.map((row) => row.split("\t")[0]);
		expect(found.sort()).toEqual(expected);
	});
});

describe.runIf(findProgram({ names: ["zsh"] }))("zsh", () => {
	test("takes the script", async () => {
		const file = join(await folderWithFilm(), "completion.zsh");
		await writeFile(
			file,
			`autoload -Uz compinit; compinit -D\n${await script("zsh")}\nprint $_comps[skyput]`,
		);
		expect(execFileSync("zsh", ["-f", file], { encoding: "utf8" })).toBe("_skyput\n");
	});
});

test("another shell is wrong usage, and the message names those that there are", async () => {
	const { exitCode, stderr } = await run(["completion", "ksh"]);
	expect(exitCode).toBe(2);
	expect(stderr).toContain("Allowed choices are bash, zsh, fish.");
});
