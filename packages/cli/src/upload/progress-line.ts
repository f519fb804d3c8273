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
	note(text: string): void;
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

/** The parts of a progress line: how much, how fast, how long. */
function describe({ loaded, total, bytesPerSecond, secondsLeft }: Progress): string {
	const parts = [
		total === undefined
			? bytesInWords(loaded)
			: `${bytesInWords(loaded)} of ${bytesInWords(total)}`,
	];
	if (bytesPerSecond > 0) parts.push(`${bytesInWords(bytesPerSecond)}/s`);
	if (secondsLeft !== undefined) parts.push(`${secondsInWords(secondsLeft)} left`);
	return parts.join(", ");
}

const share = ({ loaded, total }: Progress): number | undefined =>
	total === undefined ? undefined : total === 0 ? 1 : Math.min(1, loaded / total);

export function createProgressLine(output: Output): ProgressLine {
	return output.isTerminal ? movingLine(output) : plainLines(output);
}

const barWidth = 24;
const eraseLine = "\r\u001b[2K";

function movingLine(output: Output): ProgressLine {
	let line = "";
	let progress: Progress | undefined;
	let waitsFor = "";
	const draw = (): void => {
		if (!progress) return;
		const done = share(progress);
		const filled = Math.round((done ?? 0) * barWidth);
		const bar =
			done === undefined
				? ""
				: `${output.style("cyan", "━".repeat(filled))}${output.style("dim", "─".repeat(barWidth - filled))} ${String(Math.floor(done * 100)).padStart(3)} %  `;
		// escape sequences have no width
		const room = output.columns - (done === undefined ? 1 : barWidth + 9);
		const text = (waitsFor || describe(progress)).slice(0, Math.max(0, room));
		line = bar + (waitsFor ? output.style("yellow", text) : text);
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
		note: (text) => above(() => output.note(text)),
		end() {
			if (line !== "") output.write(eraseLine);
			line = "";
			progress = undefined;
		},
	};
}

function plainLines(output: Output): ProgressLine {
	let quarter = 0;
	let told = "";
	return {
		update(progress) {
			const reached = Math.floor(4 * (share(progress) ?? 0));
			if (reached > quarter && reached < 4) {
				output.print(`${reached * 25} %: ${describe(progress)}`);
			}
			quarter = Math.max(quarter, reached);
		},
		status(text) {
			// once, however often it tries again
			if (text !== "" && text !== told) output.note(text);
			told = text || told;
		},
		print: (text) => output.print(text),
		note: (text) => output.note(text),
		end() {},
	};
}
