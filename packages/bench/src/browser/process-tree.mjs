import { readdirSync, readFileSync } from "node:fs";

/** Clock ticks per second, fixed on Linux. */
const ticks = 100;

/**
 * Measures all descendants of the process that was started with this argument. Linux only.
 *
 * @param {string} mark a word of the command line that no other process has
 */
export function readProcessTree(mark) {
	const children = new Map();
	const tree = [];
	for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
		const [, parent] = statOf(pid);
		children.set(parent, [...(children.get(parent) ?? []), pid]);
		const words = read(pid, "cmdline");
		if (words.includes(mark) && !words.includes("--type=")) tree.push(pid);
	}
	if (tree.length !== 1) throw new Error(`Of the browser there are ${tree.length} processes.`);
	// grows during the iteration
	for (const pid of tree) tree.push(...(children.get(pid) ?? []));
	return {
		/** MiB of anonymous PSS: mapped files are shared with every other Chromium. */
		memory: () =>
			tree
				.flatMap((pid) => [
					...read(pid, "smaps_rollup").matchAll(/^Pss_(?:Anon|Shmem): +(\d+) kB$/gm),
				])
				.reduce((sum, [, kibibytes]) => sum + Number(kibibytes) / 1024, 0),
		/** Milliseconds that each main thread waited for a processor, by process. */
		waits: () =>
			new Map(
				tree.map((pid) => [Number(pid), Number(read(pid, "schedstat").split(" ")[1]) / 1_000_000]),
			),
		/** Processor time in seconds, ended children included. */
		cpuSeconds: () =>
			tree
				.flatMap((pid) => statOf(pid).slice(11, 15))
				.reduce((sum, time) => sum + Number(time) / ticks, 0),
	};
}

/** The fields after the name, which is in parentheses and may contain anything. */
function statOf(pid) {
	return read(pid, "stat").split(") ").at(-1).split(" ");
}

/** Empty for a process that has ended. */
function read(pid, name) {
	try {
		return readFileSync(`/proc/${pid}/${name}`, "latin1");
	} catch {
		return "";
	}
}
