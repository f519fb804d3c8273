// The public API is reviewed in docs/api/exports.txt. `npm run check` compares it with the sources;
// `npm run exports` rewrites it.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./command.mjs";
import { readPublicApi } from "./public-api.mjs";

const file = join(root, "docs/api/exports.txt");

const format = (lists) =>
	[...lists]
		.map(([subpath, lines]) => `${subpath}\n${lines.map((line) => `  ${line}\n`).join("")}`)
		.join("\n");

/**
 * Compares what each entry point exports with the reviewed list, and looks for types that cannot be
 * imported, optional properties that refuse undefined, and parameters, results and defaults without words.
 *
 * @throws {Error} that lists all that is wrong
 */
export async function checkApi() {
	const { lists, problems } = readPublicApi();
	const actual = format(lists).split("\n");
	const reviewed = (await readFile(file, "utf8").catch(() => "")).split("\n");
	const changes = [
		...reviewed.filter((line) => !actual.includes(line)).map((line) => `-${line}`),
		...actual.filter((line) => !reviewed.includes(line)).map((line) => `+${line}`),
	];
	if (actual.join() !== reviewed.join()) {
		problems.push("docs/api/exports.txt is stale: review, then npm run exports", ...changes);
	}
	if (problems.length > 0) throw new Error(problems.join("\n"));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
	if (process.argv.includes("--write")) {
		await mkdir(dirname(file), { recursive: true });
		await writeFile(file, format(readPublicApi().lists));
	} else {
		await checkApi();
	}
}
