import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { format } from "../format.mjs";
import { barChart } from "./bar-chart.mjs";
import { readKept } from "./kept.mjs";
import { isReached, wantedOf } from "./print.mjs";
import { summarize } from "./summary.mjs";

/** The generated sections of the documents. */
const section = /(<!-- measured: ([\w-]+) -->\n).*?(<!-- end of measured -->)/gs;
const documents = ["README.md", "docs/performance.md"];

/**
 * Writes the plots and the generated sections of the documents from the saved numbers.
 *
 * @param {string} root of the repository
 * @param {Record<string, () => Promise<import("../main.mjs").Benchmark>>} benchmarks
 * @throws {Error} when a document shows a benchmark without saved numbers
 */
export async function writeDocuments(root, benchmarks) {
	const kept = await readKept(root);
	const summaries = Object.entries(summarize(kept));
	const blocks = new Map(summaries.map(([name, rows]) => [name, table(rows)]));
	for (const [name, load] of Object.entries(benchmarks)) {
		const result = kept[name];
		if (result === undefined) continue;
		const { charts } = await load();
		const drawn = charts?.(result) ?? [];
		for (const [index, chart] of drawn.entries()) {
			await writeFile(join(root, "docs", plot(name, index)), barChart(chart));
		}
		blocks.set(name, describe(result, name, drawn));
	}
	const texts = new Map();
	for (const document of documents) {
		const text = await readFile(join(root, document), "utf8");
		const fill = (_, begin, name, end) => {
			if (blocks.has(name)) return `${begin}\n${blocks.get(name)}\n\n${end}`;
			throw new Error(`${document} shows ${name}, which nobody has measured.`);
		};
		texts.set(document, text.replace(section, fill));
	}
	for (const [document, text] of texts) await writeFile(join(root, document), text);
}

function plot(name, index) {
	return `performance/${name}${index > 0 ? `-${index + 1}` : ""}.svg`;
}

function describe({ machine, rows, targets }, name, charts) {
	const { date, runtime, processor, load } = machine;
	const images = charts.map(({ title }, index) => `![${title}](${plot(name, index)})`);
	const verdicts = targets.map((target) => ({
		target: target.name,
		wanted: `${wantedOf(target)} ${target.unit}`,
		measured: format(target.value),
		result: isReached(target) ? "reached" : "**missed**",
	}));
	return [
		...images,
		table(rows),
		...(verdicts.length > 0 ? [table(verdicts)] : []),
		`${runtime}, ${processor}, ${load} at the start, ${date}.`,
	].join("\n\n");
}

/** Aligns text left and numbers right. */
function table(rows) {
	const names = Object.keys(rows[0]);
	const line = (cells) => `| ${cells.join(" | ")} |`;
	const side = (name) => (rows.some((row) => typeof row[name] === "number") ? "--:" : "---");
	const body = rows.map((row) => line(names.map((name) => format(row[name]))));
	return [line(names), line(names.map(side)), ...body].join("\n");
}
