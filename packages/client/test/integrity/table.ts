export const integrityDocument: URL = new URL("../../../../docs/integrity.md", import.meta.url);

const heading = [
	"storage",
	"one request",
	"parts",
	"stream",
	"parts, resumed by another run",
	"run on",
];

/** What was not only simulated. */
const real: Readonly<Record<string, string>> = {
	ceph: "Ceph 16, and simulated",
	Azure: "Azurite",
};

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

/** The outcomes by storage as a Markdown table. */
export function writeTable(outcomes: ReadonlyMap<string, readonly string[]>): string {
	const rows = [...outcomes].map(([name, cells]) => [name, ...cells, real[name] ?? "simulated"]);
	const widths = heading.map((title, i) =>
		Math.max(title.length, ...rows.map((cells) => cells[i]?.length ?? 0)),
	);
	const padded = (cells: readonly string[]): string =>
		row(cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)));
	const line = row(widths.map((width) => "-".repeat(width)));
	return [padded(heading), line, ...rows.map(padded)].join("\n");
}

/** The table in the text of docs/integrity.md. */
export const tableIn = (text: string): string => /^\| storage .*(?:\n\|.*)*/m.exec(text)?.[0] ?? "";

/** The outcomes by storage, as documented. */
export function readTable(text: string): Map<string, string[]> {
	const [, , ...rows] = tableIn(text).split("\n");
	return new Map(
		rows.map((line) => {
			const [name = "", ...cells] = line
				.split("|")
				.slice(1, -1)
				.map((cell) => cell.trim());
			return [name, cells.slice(0, -1)];
		}),
	);
}
