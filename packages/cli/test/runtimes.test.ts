import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findRuntime } from "../../../tools/runtimes.js";
import { makeFolder } from "./folder.js";
import { buildCommand, startCommand } from "./start-command.js";

let command: Awaited<ReturnType<typeof buildCommand>>;
beforeAll(async () => {
	command = await buildCommand();
});
afterAll(() => command?.remove());

for (const runtime of ["node-22.12", "node-26"] as const) {
	const [node = ""] = findRuntime(runtime) ?? [];
	test.runIf(node)(`on ${runtime} every command does its work, and prints no warning`, async () => {
		const cwd = await makeFolder({ "photos/a.txt": "a", "photos/b/c.txt": "c" });
		const start = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
			startCommand(command.main, words, { cwd, node, env: { XDG_STATE_HOME: cwd, ...env } });
		const outputOf = async (...given: Parameters<typeof start>): Promise<string> => {
			const { ended, text } = start(...given);
			expect([await ended, text()]).toEqual([0, expect.not.stringContaining("Warning")]);
			return text();
		};

		await outputOf(["init", "--yes", "--no-install"]);
		expect(await readFile(join(cwd, "uploads.ts"), "utf8")).toContain("users/:userId/*path");
		const dev = start(["dev", "--json", "--port", "0", "--storage-port", "0"]);
		const [ready] = await dev.prints(/^{"event":"ready".*}$/m);
		const { endpoint, environment } = JSON.parse(ready);

		const env = { SKYPUT_ENDPOINT: endpoint };
		const file = await outputOf(["upload", "package.json", "users/42/first.json"], env);
		expect(file).toContain("stored   package.json as users/42/first.json");
		const folder = await outputOf(["upload", "photos", "users/42/photos"], env);
		expect(folder).toContain("2 stored (2 B), 0 skipped, 0 failed");
		expect(await outputOf(["policy", "--document", "role", "--bucket", "media"])).toContain(
			"s3:PutObject",
		);
		const only = ["--only", "no-store", "--only", "single-plan"];
		const conform = ["conform", endpoint, "--key", "users/42/{random}", ...only];
		expect(await outputOf(conform)).toContain("2 passed, 0 failed");
		expect(await outputOf(["doctor"], environment)).toContain("0 errors, 0 warnings");
		expect(await outputOf(["completion", "bash"])).toContain("skyput");

		dev.child.kill("SIGINT");
		expect([await dev.ended, dev.text()]).toEqual([130, expect.not.stringContaining("Warning")]);
	});
}
