// The tables of docs/doctor.md and docs/conform.md: written from packages/cli by `npm run command-docs`,
// compared with it by `npm run check`.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root } from "./command.mjs";

const between = /(<!-- written by `npm run command-docs` -->\n\n).*?(\n<!-- end -->)/s;

/** Imports a TypeScript file of the command, with all that it imports. */
async function load(path) {
	const { outputFiles } = await build({
		entryPoints: [join(root, "packages/cli/src", path)],
		bundle: true,
		write: false,
		format: "esm",
		platform: "node",
		conditions: ["source"],
	});
	return import(
		`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
	);
}

async function findings() {
	const { findingTable } = await load("doctor/finding-table.ts");
	const rows = Object.entries(findingTable);
	return [
		["finding", "severity", "what is wrong", "what to do"],
		...rows.map(([code, { severity, title, fix }]) => [`\`${code}\``, severity, title, fix]),
	];
}

async function cases() {
	const { wireCases } = await load("conform/wire-cases.ts");
	return [
		["case", "what holds", "request", "expected"],
		...wireCases.map(({ name, sentence, request, expects }) => [
			`\`${name}\``,
			sentence,
			request,
			expects,
		]),
	];
}

/** Rows of each document's table, the first of which is its head. */
const documents = { "docs/doctor.md": findings, "docs/conform.md": cases };

/** A table whose cells are as wide as the widest of their columns. */
function writeTable(rows) {
	const cells = rows.map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
	const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
	const line = (row, filler = " ") =>
		`| ${row.map((cell, column) => cell.padEnd(widths[column], filler)).join(" | ")} |\n`;
	const [head, ...body] = cells;
	return (
		line(head) +
		line(
			head.map(() => "-"),
			"-",
		) +
		body.map((row) => line(row)).join("")
	);
}

/** A document as it stands, and as it should. */
async function render(path) {
	const page = await readFile(join(root, path), "utf8");
	const table = writeTable(await documents[path]());
	return { page, wanted: page.replace(between, (_, start, end) => start + table + end) };
}

/**
 * Compares the tables with the code.
 *
 * @throws {Error} that names the documents that are stale
 */
export async function checkCommandDocs() {
	const stale = [];
	for (const path of Object.keys(documents)) {
		const { page, wanted } = await render(path);
		if (!between.test(page) || page !== wanted) stale.push(path);
	}
	if (stale.length > 0) throw new Error(`${stale.join(" and ")}: npm run command-docs`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
	for (const path of Object.keys(documents)) {
		await writeFile(join(root, path), (await render(path)).wanted);
	}
}
