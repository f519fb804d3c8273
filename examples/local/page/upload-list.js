import { createRow } from "./row.js";
import { sizeInWords } from "./words.js";

/** Files uploading at once; with the parts of each, no more than a browser opens connections. */
const atOnce = 2;

/** The list of all uploads: starts a few at a time, in the order they were chosen. */
export function createUploadList({ client, announce, list, empty, summary, home }) {
	let rows = [];

	const update = () => {
		empty.hidden = rows.length > 0;
		summary.textContent = rows.length > 0 ? summaryOf(rows) : "";
		const running = rows.filter(({ state }) => !isIdle(state)).length;
		// a row that starts has changed, so this runs again and starts the next one
		if (running < atOnce) rows.find(({ state }) => state === "queued")?.start();
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
		busy: () => rows.some(({ state }) => !isOver(state)),
	};
}

const isOver = (state) => /^(done|failed|aborted)$/.test(state);
/** Whether a row leaves its place to the next one. */
const isIdle = (state) => isOver(state) || /^(queued|paused)$/.test(state);

function summaryOf(rows) {
	const done = rows.filter(({ state }) => state === "done");
	const failed = rows.filter(({ state }) => state === "failed").length;
	const bytes = done.reduce((sum, { size }) => sum + size, 0);
	const words = [`${done.length} of ${rows.length} uploaded`];
	if (bytes > 0) words.push(sizeInWords(bytes));
	if (failed > 0) words.push(`${failed} failed`);
	return words.join(" · ");
}
