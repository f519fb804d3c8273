import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolder } from "./folder.js";
import { buildCommand, startCommand } from "./start-command.js";

// What the user's files do to the process of the command.

let command: Awaited<ReturnType<typeof buildCommand>>;
beforeAll(async () => {
	command = await buildCommand();
});
afterAll(() => command?.remove());

const table =
	'import { defineUploads } from "@skyput/server"; export const uploads = defineUploads({ "a/*b": {} });';

/** Starts `skyput policy` on a file that does something more than to export a table. */
async function startPolicy(...lines: readonly string[]) {
	const cwd = await makeFolder({ "uploads.ts": [...lines, table].join("\n") });
	const words = ["policy", "--bucket", "b", "--document", "role", "--json"];
	return startCommand(command.main, words, { cwd });
}

test("a connection or timer that a table's file leaves open does not keep the command", async () => {
	const policy = await startPolicy("setInterval(() => {}, 1000);");
	expect(await policy.ended).toBe(0);
	expect(JSON.parse(policy.text())).toHaveProperty("Statement");
});

test("what a table's file prints goes to stderr", async () => {
	const policy = await startPolicy('console.log("connected");');
	let stdout = "";
	policy.child.stdout?.on("data", (chunk) => {
		stdout += chunk;
	});
	expect(await policy.ended).toBe(0);
	expect(policy.text()).toContain("connected\n");
	expect(JSON.parse(stdout)).toHaveProperty("Statement");
});

test("an error that nothing in the table's file catches is the command's failure", async () => {
	const policy = await startPolicy(
		'Promise.reject(new Error("no database"));',
		"await new Promise(() => {});",
	);
	expect(await policy.ended).toBe(1);
	expect(JSON.parse(policy.text())).toEqual({
		error: {
			code: "failed",
			message: expect.stringMatching(
				/^nothing caught an error of your uploads\.ts.*\nError: no database\n/,
			),
		},
	});
});

test("Ctrl-C ends the command while a table's file waits", async () => {
	const policy = await startPolicy('console.log("waiting");', "await new Promise(() => {});");
	await policy.prints(/waiting/);
	policy.child.kill("SIGINT");
	expect(await policy.ended).toBe(130);
});
