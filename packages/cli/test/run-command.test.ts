import { expect, test } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { run } from "./run.js";

test("--help goes to stdout and ends with 0", async () => {
	const { exitCode, stdout, stderr } = await run(["--help"]);
	expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
	expect(stdout).toMatch(/^Usage: skyput /);
	expect(stdout).toContain("Exit codes:");
});

test("--version prints the version of the package", async () => {
	expect(await run(["--version"])).toMatchObject({
		exitCode: 0,
		stdout: `${manifest.version}\n`,
	});
});

test("an unknown option ends with 2, and stderr names it and leads to the help", async () => {
	const { exitCode, stdout, stderr } = await run(["--jsn"]);
	expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
	expect(stderr).toContain("skyput: unknown option '--jsn'\n(Did you mean --json?)");
	expect(stderr).toContain("--help");
});

test("with --json a wrong usage is a document too", async () => {
	const { exitCode, documents, stderr } = await run(["--json", "--nonsense"]);
	expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: "" });
	expect(documents).toEqual([
		{ error: { code: "invalid-usage", message: "unknown option '--nonsense'" } },
	]);
});

test("with --json a missing command is a document with a sentence", async () => {
	const { exitCode, documents } = await run(["--json"]);
	expect(exitCode).toBe(2);
	expect(documents).toEqual([
		{
			error: {
				code: "invalid-usage",
				message: "the command is missing: run it with --help for a list.",
			},
		},
	]);
});

test("colors are shown on a terminal without NO_COLOR, and elsewhere with FORCE_COLOR", async () => {
	const hasColors = async (options: Parameters<typeof run>[1]) =>
		(await run(["--help"], options)).stdout.includes("\u001b[");
	expect(await hasColors({ terminal: true })).toBe(true);
	expect(await hasColors({ terminal: true, env: { NO_COLOR: "1" } })).toBe(false);
	expect(await hasColors({})).toBe(false);
	expect(await hasColors({ env: { FORCE_COLOR: "1" } })).toBe(true);
});
