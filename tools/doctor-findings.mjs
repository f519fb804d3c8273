// The table of docs/doctor.md: written from the findings of packages/cli by `npm run findings`, compared with
// them by `npm run check`.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { findingTable } from "../packages/cli/src/doctor/finding-table.ts";
import { root } from "./command.mjs";

const file = join(root, "docs/doctor.md");
const between = /(<!-- written by `npm run findings` -->\n\n).*?(\n<!-- end -->)/s;

/** A row of the table, its cells as wide as the widest of their columns. */
function writeTable() {
	const rows = Object.entries(findingTable).map(([code, { severity, title, change }]) => [
		`\`${code}\``,
		severity,
		title,
		change,
	]);
	const all = [["finding", "severity", "what is wrong", "what to change"], ...rows];
	const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
	const line = (cells, filler = " ") =>
		`| ${cells.map((cell, column) => cell.padEnd(widths[column], filler)).join(" | ")} |\n`;
	return (
		line(all[0]) +
		line(
			all[0].map(() => "-"),
			"-",
		) +
		rows.map((row) => line(row)).join("")
	);
}

const write = (page) => page.replace(between, (_, start, end) => start + writeTable() + end);

/**
 * Compares the table of docs/doctor.md with the code.
 *
 * @throws {Error} where it is stale
 */
export async function checkFindings() {
	const page = await readFile(file, "utf8");
	if (!between.test(page) || write(page) !== page) {
		throw new Error("The table of docs/doctor.md is stale: npm run findings");
	}
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
	await writeFile(file, write(await readFile(file, "utf8")));
}
