import { watch } from "node:fs/promises";
import { basename, dirname } from "node:path";

/** Milliseconds: an editor's save may be several events. */
const settleTime = 50;

/** Watches files that are added one by one. */
export interface FileWatcher {
	/** @param file - Absolute; it need not exist, nor its folder: add it again when that is created. Safe to repeat. */
	add(file: string): void;
}

/**
 * Calls back when a file was changed, removed or created. Folders are watched, because editors replace files.
 *
 * @param signal - Ends the watch.
 * @param onChange - Called once for changes close together, and never while it runs; must not reject.
 */
export function createFileWatcher(signal: AbortSignal, onChange: () => Promise<void>): FileWatcher {
	const folders = new Map<string, Set<string>>();
	let timer: NodeJS.Timeout | undefined;
	let running = Promise.resolve();
	const changed = (): void => {
		clearTimeout(timer);
		timer = setTimeout(() => {
			running = running.then(() => (signal.aborted ? undefined : onChange()));
		}, settleTime);
	};
	signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
	const add = (file: string): void => {
		const folder = dirname(file);
		const names = folders.get(folder);
		if (names) return void names.add(basename(file));
		const first = new Set([basename(file)]);
		folders.set(folder, first);
		void watchFolder(folder, first);
	};
	const watchFolder = async (folder: string, names: ReadonlySet<string>): Promise<void> => {
		try {
			for await (const { filename } of watch(folder, { signal })) {
				// some systems do not name the file
				if (filename === null || names.has(filename)) changed();
			}
		} catch {
			if (signal.aborted || folder === dirname(folder)) return;
			// there is no such folder yet: when it is created, the files in it are added again
			folders.delete(folder);
			add(folder);
		}
	};
	return { add };
}
