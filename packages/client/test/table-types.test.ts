import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const tsc = here("../../../node_modules/typescript/bin/tsc");

/** What the compiler prints about a file, with the project's own settings. */
function compile(file: string): Promise<string> {
	const settings = ["--noEmit", "--strict", "--module", "nodenext", "--customConditions", "source"];
	const lib = ["--lib", "es2024,dom,dom.iterable", "--skipLibCheck", "--types", "node"];
	return new Promise((resolve) => {
		execFile(
			process.execPath,
			[tsc, "--ignoreConfig", ...settings, ...lib, file],
			{ cwd: here("..") },
			(_error, stdout) => resolve(stdout),
		);
	});
}

test("the compiler's message about a wrong key names it and the patterns of the table", async () => {
	const message = await compile(here("fixtures/wrong-key.ts"));
	expect(message).toContain('"avatar/42/me.png"');
	expect(message).toContain('"avatars/:userId/:name" | "videos/:userId/*path"');
	expect(message.match(/error TS/g)).toHaveLength(1);
}, 30_000);
