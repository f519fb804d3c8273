import { readdirSync, readFileSync } from "node:fs";

/** Of a second: Linux counts processor time in these, whatever the machine. */
const ticks = 100;

/**
 * What all processes hold and have used that descend from the one that was started with this word.
 * Linux only.
 *
 * @param {string} mark a word of the command line that no other process has
 */
export function lookAtTree(mark) {
	const children = new Map();
	const tree = [];
	for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
		const [, parent] = statOf(pid);
		children.set(parent, [...(children.get(parent) ?? []), pid]);
		const words = read(pid, "cmdline");
		if (words.includes(mark) && !words.includes("--type=")) tree.push(pid);
	}
	if (tree.length !== 1) throw new Error(`Of the browser there are ${tree.length} processes.`);
	// grows while it is walked
	for (const pid of tree) tree.push(...(children.get(pid) ?? []));
	return {
		/** MiB of PSS without the pages of files, which every other Chromium shares. */
		memory: () =>
			tree
				.flatMap((pid) => [
					...read(pid, "smaps_rollup").matchAll(/^Pss_(?:Anon|Shmem): +(\d+) kB$/gm),
				])
				.reduce((sum, [, kibibytes]) => sum + Number(kibibytes) / 1024, 0),
		/** Milliseconds for which the main threads were ready to run and had no processor, by process. */
		waits: () =>
			new Map(
				tree.map((pid) => [Number(pid), Number(read(pid, "schedstat").split(" ")[1]) / 1_000_000]),
			),
		/** Seconds on a processor, those of ended children included. */
		cpuSeconds: () =>
			tree
				.flatMap((pid) => statOf(pid).slice(11, 15))
				.reduce((sum, time) => sum + Number(time) / ticks, 0),
	};
}

/** The fields after the name, which stands in parentheses and may hold anything. */
function statOf(pid) {
	return read(pid, "stat").split(") ").at(-1).split(" ");
}

/** Nothing of a process that has ended meanwhile. */
function read(pid, name) {
	try {
		return readFileSync(`/proc/${pid}/${name}`, "latin1");
	} catch {
		return "";
	}
}
