import { glob, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./command.mjs";

/** Lines. Biome holds every single file to 250. */
const longestMedian = 110;

/** @throws {Error} that names each package whose median source file is too long */
export async function checkSizes() {
	const problems = [];
	for (const name of await readdir(join(root, "packages"))) {
		const sources = glob("src/**/*.{ts,tsx,mjs}", { cwd: join(root, "packages", name) });
		const lengths = [];
		for await (const file of sources) {
			const text = await readFile(join(root, "packages", name, file), "utf8");
			lengths.push(text.split("\n").length - 1);
		}
		const median = lengths.sort((a, b) => a - b)[lengths.length >> 1];
		if (median > longestMedian) {
			problems.push(`packages/${name}: the median file has ${median} lines, not ${longestMedian}`);
		}
	}
	if (problems.length > 0) throw new Error(problems.join("\n"));
}
