import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const tsc = here("../../../node_modules/typescript/bin/tsc");

/** What the compiler prints about a file, with the project's own settings: one line for each error. */
function compile(file: string): Promise<string[]> {
	const settings = ["--noEmit", "--strict", "--module", "nodenext", "--customConditions", "source"];
	const lib = ["--lib", "es2024,dom,dom.iterable", "--skipLibCheck", "--types", "node"];
	return new Promise((resolve) => {
		execFile(
			process.execPath,
			[tsc, "--ignoreConfig", ...settings, ...lib, file],
			{ cwd: here("..") },
			(_error, stdout) => resolve(stdout.split("\n").filter((line) => line.includes("error TS"))),
		);
	});
}

const patterns = '"avatars/:userId/:name" | "videos/:userId/*path"';
const invalid = (key: string, reason: string, allowed = patterns) =>
	`InvalidKey<${key}, "${reason}", ${allowed}>`;

test("the compiler's message about a wrong key names it, what is wrong and the patterns of the table", async () => {
	const messages = await compile(here("fixtures/wrong-key.ts"));
	const none = "fits none of these patterns";
	const several = "fits rules with different metadata: cast it to KeyOf<typeof uploads, pattern>";
	const expected = [
		invalid('"avatar/42/me.png"', none),
		invalid('"avatars/:userId/:name"', none),
		invalid('"avatars//"', none),
		invalid('"avatars/1/2/3/4"', none),
		invalid("string", "a plain string can be any key: cast it to KeyOf<typeof uploads>"),
		invalid('"avatars/1/a" | "videos/1/a"', several),
	];
	expect(messages).toEqual(
		expected.map((text) => expect.stringContaining(`parameter of type '${text}'`)),
	);
});
