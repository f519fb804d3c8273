import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeDocuments } from "../../src/report/documents.mjs";
import { keep } from "../../src/report/kept.mjs";
import { summarize } from "../../src/report/summary.mjs";

const machine = { date: "2026-01-02", runtime: "Node v24", processor: "2 x CPU", load: "load 0.1" };
const row = (competitor: string, speed: number, memory: number) => ({
	"2 GiB": competitor,
	"MiB/s": speed,
	"ratio to curl": speed / 100,
	"CPU s/GiB": 1,
	"peak RSS MiB": memory,
	"before the 1st byte": 1,
});
const plain = {
	name: "peers-plain",
	title: "Plain",
	rows: [row("curl -T", 100, 10), row("skyput", 121, 70), row("lib-storage", 15, 200)],
	targets: [
		{ name: "speed", value: 1.2, atLeast: 1, unit: "x" },
		{ name: "memory", value: 70, atMost: 60, unit: "MiB" },
	],
};
const chart = { title: "Speeds", groups: [{ name: "MiB/s", bars: [{ name: "a", value: 1 }] }] };
const benchmarks = { "peers-plain": async () => ({ charts: () => [chart, chart] }) };

let root: string;
const read = (name: string) => readFile(join(root, name), "utf8");
const write = (name: string, text: string) => writeFile(join(root, name), text);
beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), "skyput-documents-"));
	await mkdir(join(root, "docs"));
	await write(
		"README.md",
		"Before.\n\n<!-- measured: summary-node -->\n<!-- end of measured -->\n",
	);
	await write(
		"docs/performance.md",
		"<!-- measured: peers-plain -->\n\nold\n\n<!-- end of measured -->\nbetween\n",
	);
});
afterEach(() => rm(root, { recursive: true }));

describe("the documents", () => {
	it("show tables, verdicts, plots and the machine, and keep what is around them", async () => {
		await keep(root, machine, [plain]);
		await writeDocuments(root, benchmarks);
		const page = await read("docs/performance.md");
		expect(page).toContain("![Speeds](performance/peers-plain.svg)");
		expect(page).toContain("![Speeds](performance/peers-plain-2.svg)");
		expect(page).toContain("| 2 GiB | MiB/s | ratio to curl |");
		expect(page).toContain("| skyput | 121 | 1.21 |");
		expect(page).toContain("| speed | at least 1 x | 1.20 | reached |");
		expect(page).toContain("| memory | at most 60 MiB | 70 | **missed** |");
		expect(page).toContain("Node v24, 2 x CPU, load 0.1 at the start, 2026-01-02.");
		expect(page).not.toContain("old");
		expect(page.endsWith("\n\n<!-- end of measured -->\nbetween\n")).toBe(true);
		expect(await read("docs/performance/peers-plain-2.svg")).toContain("<svg");
		const readme = await read("README.md");
		expect(readme).toContain("Before.\n");
		expect(readme).toContain("| speed: HTTP on one machine | 1 | 1.21 | 0.150 |");
	});

	it("are the same when they are written again", async () => {
		await keep(root, machine, [plain]);
		await writeDocuments(root, benchmarks);
		const once = await read("docs/performance.md");
		await writeDocuments(root, benchmarks);
		expect(await read("docs/performance.md")).toBe(once);
	});

	it("drop the numbers of a benchmark that no longer exists", async () => {
		await keep(root, machine, [plain, { ...plain, name: "gone" }]);
		await writeDocuments(root, benchmarks);
		expect(await read("docs/performance.md")).toContain("| skyput | 121 |");
	});

	it("refuse to show what nobody has measured, and then change nothing", async () => {
		await write("docs/performance.md", "<!-- measured: other -->\n<!-- end of measured -->\n");
		const before = await read("README.md");
		await keep(root, machine, [plain]);
		await expect(writeDocuments(root, benchmarks)).rejects.toThrow(
			"docs/performance.md shows other, which nobody has measured.",
		);
		expect(await read("README.md")).toBe(before);
	});
});

describe("what is kept", () => {
	it("keeps a benchmark that was not run again", async () => {
		await keep(root, machine, [plain, { ...plain, name: "other" }]);
		await keep(root, { ...machine, date: "2026-02-03" }, [plain]);
		const kept = JSON.parse(await read("docs/performance/measured.json"));
		expect(kept["peers-plain"].machine.date).toBe("2026-02-03");
		expect(kept["other"].machine.date).toBe("2026-01-02");
	});
});

describe("the table of losses", () => {
	it("names every number in which a peer is better, and no other", () => {
		const kept = { "peers-plain": { ...plain, machine } };
		expect(summarize(kept)["peers-losses"]).toEqual([
			{
				where: "HTTP on one machine",
				measure: "peak RSS MiB",
				ours: "skyput",
				is: 70,
				"the peer": "curl -T",
				has: 10,
			},
		]);
	});
});
