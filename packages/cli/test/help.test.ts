import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { run } from "./run.js";

const document = fileURLToPath(new URL("../../../docs/command.md", import.meta.url));
const place = /<!-- help: (\S+) -->\n(\n```text\n.*?\n```\n)?/gs;

/** What `skyput --help` lists. */
async function commandNames(): Promise<string[]> {
	const { stdout } = await run(["--help"]);
	const [, list = ""] = /^Commands:\n(.*?)\n\n/ms.exec(stdout) ?? [];
	return [...list.matchAll(/^ {2}(\S+)/gm)].map(([, name = ""]) => name);
}

/** What `skyput --help` prints for the program itself (`skyput`), or for a command. */
async function helpOf(name: string): Promise<string> {
	return (await run(name === "skyput" ? ["--help"] : [name, "--help"])).stdout;
}

test("no line of the help is wider than 80 columns", async () => {
	for (const name of ["skyput", ...(await commandNames())]) {
		const lines = (await helpOf(name)).split("\n");
		expect(lines.filter((line) => line.length > 80)).toEqual([]);
	}
});

// vitest -u writes the help into the document
test("docs/command.md has the help of every command", async () => {
	const text = await readFile(document, "utf8");
	const places = [...text.matchAll(place)].map(([, name = ""]) => name);
	expect(places).toEqual(["skyput", ...(await commandNames())]);
	const help = new Map(
		await Promise.all(places.map(async (name) => [name, await helpOf(name)] as const)),
	);
	const expected = text.replace(
		place,
		(_, name: string) =>
			`<!-- help: ${name} -->\n\n\`\`\`text\n${help.get(name)?.trimEnd()}\n\`\`\`\n`,
	);
	await expect(expected).toMatchFileSnapshot(document);
});
