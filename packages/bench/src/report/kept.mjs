import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const path = (root) => join(root, "docs/performance/measured.json");

/**
 * Reads the latest numbers of every benchmark that ran with `--write`, each with its machine.
 *
 * @param {string} root of the repository
 * @returns {Promise<Record<string, import("../main.mjs").Kept>>} by the benchmark's name
 */
export async function readKept(root) {
	try {
		return JSON.parse(await readFile(path(root), "utf8"));
	} catch (error) {
		if (error.code === "ENOENT") return {};
		throw error;
	}
}

/** Saves results over those of the same name; other results stay. */
export async function keep(root, machine, results) {
	const kept = await readKept(root);
	for (const { name, ...result } of results) kept[name] = { machine, ...result };
	await mkdir(dirname(path(root)), { recursive: true });
	await writeFile(path(root), `${JSON.stringify(kept, undefined, "\t")}\n`);
}
