import type { Progress } from "@skyput/client";
import { bytesInWords } from "../bytes-in-words.js";
import type { Output } from "../output.js";

/** Shows how far an upload is: one line that changes on a terminal, a line each quarter elsewhere. */
export interface ProgressLine {
	update(progress: Progress): void;
	/** Says what the upload waits for; an empty text when it goes on. */
	status(text: string): void;
	/** Prints a line above. */
	print(text: string): void;
	/** Prints a line to stderr. */
	warn(text: string): void;
	/** Removes the line. Safe to repeat. */
	end(): void;
}

function secondsInWords(seconds: number): string {
	const whole = Math.ceil(seconds);
	if (whole < 60) return `${whole} s`;
	const minutes = Math.floor(whole / 60);
	if (minutes < 60) return `${minutes} min ${whole % 60} s`;
	return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** How much, how fast, how long: as much of it as there is room for. @param room - In characters */
function describe(
	{ loaded, total, bytesPerSecond, secondsLeft }: Progress,
	room = Number.POSITIVE_INFINITY,
): string {
	const parts = [
		total ? `${bytesInWords(loaded)} of ${bytesInWords(total)}` : bytesInWords(loaded),
	];
	if (bytesPerSecond > 0) parts.push(`${bytesInWords(bytesPerSecond)}/s`);
	if (secondsLeft !== undefined) parts.push(`${secondsInWords(secondsLeft)} left`);
	while (parts.length > 1 && parts.join(", ").length > room) parts.pop();
	return parts.join(", ");
}

/** 0 to 1; undefined where it is unknown, also before the files are counted. */
const share = ({ loaded, total }: Progress): number | undefined =>
	total ? Math.min(1, loaded / total) : undefined;

export function createProgressLine(output: Output): ProgressLine {
	return output.isTerminal ? movingLine(output) : plainLines(output);
}

const widestBar = 24;
/** Characters for the percentage, and for how much, how fast and how long. */
const besideBar = 52;
const eraseLine = "\r\u001b[2K";

function movingLine(output: Output): ProgressLine {
	let line = "";
	let progress: Progress | undefined;
	let waitsFor = "";
	// a narrow terminal has none
	const barWidth = Math.max(0, Math.min(widestBar, output.columns - besideBar));
	const bar = (done: number): string => {
		const filled = Math.round(done * barWidth);
		const empty = barWidth - filled;
		return `${output.style("cyan", "━".repeat(filled))}${output.style("dim", "─".repeat(empty))}`;
	};
	const draw = (): void => {
		if (!progress) return;
		const done = share(progress);
		const percentage = done === undefined ? "" : ` ${Math.floor(done * 100)} %  `.padStart(8);
		// escape sequences have no width; a full line would wrap
		const taken = done === undefined ? 0 : barWidth + percentage.length;
		const room = Math.max(0, output.columns - taken - 1);
		const text = waitsFor
			? output.style("yellow", waitsFor.slice(0, room))
			: describe(progress, room).slice(0, room);
		line = (done === undefined ? "" : bar(done)) + percentage + text;
		output.write(eraseLine + line);
	};
	const above = (write: () => void): void => {
		if (line !== "") output.write(eraseLine);
		write();
		if (line !== "") output.write(line);
	};
	return {
		update(next) {
			progress = next;
			draw();
		},
		status(text) {
			if (text === waitsFor) return;
			waitsFor = text;
			// nothing may have been sent yet
			progress ??= { loaded: 0, bytesPerSecond: 0 };
			draw();
		},
		print: (text) => above(() => output.print(text)),
		warn: (text) => above(() => output.warn(text)),
		end() {
			if (line !== "") output.write(eraseLine);
			line = "";
			progress = undefined;
		},
	};
}

function plainLines(output: Output): ProgressLine {
	let quarter = 0;
	let lastNote = "";
	return {
		update(progress) {
			const done = share(progress) ?? 0;
			const reached = Math.floor(4 * done);
			if (reached > quarter && reached < 4) {
				output.print(`${Math.floor(done * 100)} %: ${describe(progress)}`);
			}
			quarter = Math.max(quarter, reached);
		},
		status(text) {
			// once, however often it tries again
			if (text !== "" && text !== lastNote) output.warn(text);
			lastNote = text || lastNote;
		},
		print: (text) => output.print(text),
		warn: (text) => output.warn(text),
		end() {},
	};
}
