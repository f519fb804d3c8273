import { createMilestones } from "./announcer.js";
import { createRowView } from "./row-view.js";
import { keyFor } from "./settings.js";
import { announcementOf, retryInWords, stateInWords } from "./words.js";

/** Before an upload begins, and after one that never began was canceled. */
const queued = { state: "queued", loaded: 0 };
const canceled = { state: "aborted", loaded: 0 };

/** One file and its upload, which may be started more than once. */
export function createRow({ client, announce, chosen: { file, path }, changed, removed }) {
	let snapshot = queued;
	let upload;
	let milestones;
	let key = keyFor(path);

	const view = createRowView({ name: path, size: file.size }, { pause, cancel, retry, remove });

	function update(next) {
		const isNewState = next.state !== snapshot.state;
		snapshot = next;
		view.show({
			...snapshot,
			...stateInWords(snapshot),
			retryLabel: retryInWords(snapshot.error),
			key,
		});
		milestones?.(snapshot);
		if (!isNewState) return;
		const words = announcementOf(snapshot);
		if (words) announce(`${path}: ${words}`);
		changed();
	}

	function start() {
		milestones = createMilestones((percent) => announce(`${path}: ${percent}% uploaded`));
		const current = client.uploadFile(file, key);
		upload = current;
		current.subscribe(() => update(current.snapshot()));
		update(current.snapshot());
	}

	function pause() {
		if (snapshot.state === "paused") upload.resume();
		else upload.pause();
	}

	function cancel() {
		if (snapshot === queued) update(canceled);
		else upload.abort();
	}

	function retry() {
		if (snapshot.error?.code === "already-exists") key = renamed(key);
		update(queued);
	}

	function remove() {
		removed(row);
	}

	const row = {
		element: view.element,
		size: file.size,
		get state() {
			return snapshot.state;
		},
		start,
		focus: view.focus,
	};
	view.show({ ...queued, ...stateInWords(queued), retryLabel: retryInWords(), key });
	return row;
}

/** `film.mp4`, `film (2).mp4`, `film (3).mp4`, … */
function renamed(key) {
	const [, stem, count = "1", extension] = /^(.*?[^/])(?: \((\d+)\))?(\.[^./]+)?$/.exec(key);
	return `${stem} (${Number(count) + 1})${extension ?? ""}`;
}
