import { createMilestones } from "./announcer.js";
import { createRowView } from "./row-view.js";
import { errorInWords, progressInWords, retryInWords, sizeInWords } from "./words.js";

/** Where the demo's user may write. */
const folder = "users/42/";
/** Milliseconds without a report after which the last speed is no longer true. */
const stillAfter = 3_000;

/** One file and its upload, which may be started more than once. */
export function createRow({ client, announce, chosen: { file, path }, changed, removed }) {
	const name = path;
	/** waiting, running, paused, done, failed, aborted */
	let phase = "waiting";
	let upload;
	let progress;
	let error;
	let result;
	let still = false;
	let timer;
	let wanted = path;

	const view = createRowView({ name, size: file.size }, { pause, abort, retry, remove });

	function enter(next) {
		phase = next;
		show();
		changed();
	}

	function show() {
		view.show({
			phase,
			progress,
			retryLabel: phase === "failed" ? retryInWords(error) : "Retry",
			key: result?.key,
			...words(),
		});
	}

	function words() {
		switch (phase) {
			case "waiting":
				return { status: "Waiting for its turn" };
			case "running":
				return { status: runningInWords() };
			case "paused":
				return { status: "Paused. Only what is on its way still arrives." };
			case "done":
				return { status: "Stored", detail: `${result.key}, ${sizeInWords(result.size)}` };
			case "failed":
				return { status: "Failed", detail: errorInWords(error) };
			default:
				return { status: "Aborted" };
		}
	}

	function runningInWords() {
		if (progress && progress.loaded === progress.total) return "Finishing";
		if (!still) return progress ? progressInWords(progress) : "Starting";
		return navigator.onLine
			? "Nothing moves. It tries again by itself."
			: "There is no network. It goes on when the network is back.";
	}

	function watchStillness() {
		clearTimeout(timer);
		still = false;
		timer = setTimeout(() => {
			if (phase !== "running") return;
			still = true;
			show();
			announce(`${name}: ${runningInWords()}`);
		}, stillAfter);
	}

	async function start() {
		const milestones = createMilestones((percent) => announce(`${name}: ${percent} % sent`));
		progress = undefined;
		error = undefined;
		upload = client.uploadFile(file, folder + wanted, {
			onProgress: (latest) => {
				progress = latest;
				milestones(latest);
				watchStillness();
				show();
			},
		});
		announce(`${name}: upload started`);
		enter("running");
		watchStillness();
		try {
			result = await upload;
			announce(`${name}: stored`);
			enter("done");
		} catch (reason) {
			error = reason;
			const aborted = reason.code === "aborted";
			announce(aborted ? `${name}: aborted` : `${name} failed. ${errorInWords(reason)}`);
			enter(aborted ? "aborted" : "failed");
		} finally {
			clearTimeout(timer);
		}
	}

	function pause() {
		const pausing = phase === "running";
		if (pausing) upload.pause();
		else {
			upload.resume();
			watchStillness();
		}
		announce(`${name}: ${pausing ? "paused" : "resumed"}`);
		enter(pausing ? "paused" : "running");
	}

	function abort() {
		if (phase !== "waiting") return upload.abort();
		announce(`${name}: aborted`);
		enter("aborted");
	}

	function retry() {
		if (error?.code === "already-exists") wanted = renamed(wanted);
		enter("waiting");
	}

	function remove() {
		removed(row);
	}

	const row = {
		element: view.element,
		size: file.size,
		get phase() {
			return phase;
		},
		start,
		focus: view.focus,
	};
	show();
	return row;
}

/** `film.mp4`, `film (2).mp4`, `film (3).mp4`, … */
function renamed(path) {
	const [, stem, count = "1", extension] = /^(.*?[^/])(?: \((\d+)\))?(\.[^./]+)?$/.exec(path);
	return `${stem} (${Number(count) + 1})${extension ?? ""}`;
}
