import { readdirSync, readFileSync } from "node:fs";

/**
 * MiB of PSS that a process and all its descendants hold, without the pages of files: those of the program
 * itself are shared with other browsers that come and go meanwhile. Linux only.
 */
export function memoryOf(root: number): number {
	const children = new Map<string, string[]>();
	for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
		// the name, which may hold anything, stands in parentheses; the parent comes second after it
		const parent = read(pid, "stat").split(") ").at(-1)?.split(" ")[1] ?? "";
		children.set(parent, [...(children.get(parent) ?? []), pid]);
	}
	const tree = [String(root)];
	let kibibytes = 0;
	// grows while it is walked
	for (const pid of tree) {
		tree.push(...(children.get(pid) ?? []));
		const sums = read(pid, "smaps_rollup").matchAll(/^Pss_(?:Anon|Shmem): +(\d+) kB$/gm);
		for (const [, sum] of sums) kibibytes += Number(sum);
	}
	return kibibytes / 1024;
}

/** What /proc says of a process; empty for one that has ended meanwhile. */
function read(pid: string, name: string): string {
	try {
		return readFileSync(`/proc/${pid}/${name}`, "utf8");
	} catch {
		return "";
	}
}
