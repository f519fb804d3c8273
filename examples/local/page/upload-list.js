import { createRow } from "./row.js";
import { sizeInWords } from "./words.js";

/** Files on their way at once; together with the parts of each no more than a browser has connections. */
const atOnce = 2;

/** The list of all uploads: starts a few at a time, in the order in which they were chosen. */
export function createUploadList({ client, announce, list, empty, summary, home }) {
	let rows = [];

	const update = () => {
		empty.hidden = rows.length > 0;
		summary.textContent = rows.length > 0 ? summaryOf(rows) : "";
		const running = rows.filter(({ phase }) => phase === "running").length;
		// a row that starts has changed, so this runs again and sees to the next one
		if (running < atOnce) rows.find(({ phase }) => phase === "waiting")?.start();
	};

	const remove = (row) => {
		const index = rows.indexOf(row);
		const next = rows[index + 1] ?? rows[index - 1];
		rows = rows.filter((other) => other !== row);
		row.element.remove();
		if (next) next.focus();
		else home.focus();
		update();
	};

	return {
		add(files) {
			const added = files.map((chosen) =>
				createRow({ client, announce, chosen, changed: update, removed: remove }),
			);
			rows = [...rows, ...added];
			list.append(...added.map(({ element }) => element));
			if (added.length !== 1) announce(`${added.length || "No"} files added`);
			update();
		},
		/** Whether leaving the page would lose something. */
		busy: () => rows.some(({ phase }) => /^(waiting|running|paused)$/.test(phase)),
	};
}

function summaryOf(rows) {
	const stored = rows.filter(({ phase }) => phase === "done");
	const failed = rows.filter(({ phase }) => phase === "failed").length;
	const bytes = stored.reduce((sum, { size }) => sum + size, 0);
	const words = [`${stored.length} of ${rows.length} stored`];
	if (bytes > 0) words.push(sizeInWords(bytes));
	if (failed > 0) words.push(`${failed} failed`);
	return words.join(", ");
}
