/** @typedef {{ readonly file: File, readonly path: string }} ChosenFile `path` is relative, with the folders that were chosen or dropped. */

/** @returns {ChosenFile[]} */
export function filesOfInput(input) {
	return [...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/**
 * The dropped files, and all files inside dropped folders. What cannot be read is left out.
 *
 * @returns {Promise<ChosenFile[]>}
 */
export async function filesOfDrop(dataTransfer) {
	// the list is empty once the event is over, so take everything before the first await
	const entries = [...dataTransfer.items]
		.filter(({ kind }) => kind === "file")
		.map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
	return (await Promise.all(entries.map(filesOf))).flat();
}

async function filesOf(entry) {
	if (entry === null) return [];
	if (entry instanceof File) return [{ file: entry, path: entry.name }];
	try {
		if (entry.isFile) {
			const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
			return [{ file, path: entry.fullPath.slice(1) }];
		}
		return (await Promise.all((await readFolder(entry)).map(filesOf))).flat();
	} catch {
		return [];
	}
}

async function readFolder(folder) {
	const reader = folder.createReader();
	const all = [];
	for (;;) {
		// Chromium returns at most 100 entries at a time, and none at the end
		const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
		if (some.length === 0) return all;
		all.push(...some);
	}
}
