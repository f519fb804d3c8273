import type { Writable } from "node:stream";
import { styleText } from "node:util";

/** Where a command writes. A terminal has `isTTY`, `columns` and `hasColors`. */
export interface OutputStream extends Writable {
	readonly isTTY?: boolean | undefined;
	readonly columns?: number | undefined;
	hasColors?(env?: object): boolean;
}

type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/**
 * What a command prints. With `--json` stdout holds JSON documents only, one a line, and the last one is the
 * result; what is for people is left out.
 */
export interface Output {
	/** Whether `--json` was given. */
	readonly json: boolean;
	/** Whether stdout is a terminal whose lines can be rewritten. */
	readonly isTerminal: boolean;
	/** The width of the terminal; 80 elsewhere. */
	readonly columns: number;
	/** Prints a line for people to stdout. */
	print(line?: string): void;
	/** Prints a warning or hint for people to stderr, also with `--json`. */
	warn(line: string): void;
	/** Prints a document with `--json`, and nothing without. */
	document(value: unknown): void;
	/** Writes to stdout as it is, such as the control sequences of a progress bar. */
	write(text: string): void;
	/** Styles text where stdout shows colors: a terminal, without NO_COLOR, or with FORCE_COLOR. */
	style(style: Style | readonly Style[], text: string): string;
}

export interface OutputOptions {
	readonly stdout: OutputStream;
	readonly stderr: OutputStream;
	/** NO_COLOR, FORCE_COLOR and TERM count. */
	readonly env: Readonly<Record<string, string | undefined>>;
	/** Whether `--json` was given. */
	readonly json: boolean;
}

/** Whether a stream shows colors: https://no-color.org and FORCE_COLOR as Node reads it. */
export function showsColors(stream: OutputStream, env: OutputOptions["env"]): boolean {
	if (env["NO_COLOR"]) return false;
	if (env["FORCE_COLOR"] !== undefined) return env["FORCE_COLOR"] !== "0";
	return stream.isTTY === true && stream.hasColors?.(env) === true;
}

/** Makes the output of one run of the command. */
export function createOutput({ stdout, stderr, env, json }: OutputOptions): Output {
	const colors = showsColors(stdout, env);
	return {
		json,
		isTerminal: stdout.isTTY === true && !json && env["TERM"] !== "dumb",
		// a pseudo-terminal may have none
		columns: stdout.columns || 80,
		print(line = "") {
			if (!json) stdout.write(`${line}\n`);
		},
		warn(line) {
			stderr.write(`${line}\n`);
		},
		document(value) {
			if (json) stdout.write(`${JSON.stringify(value)}\n`);
		},
		write(text) {
			stdout.write(text);
		},
		style(style, text) {
			// `stream` would ask the process's own environment
			return colors ? styleText([style].flat(), text, { validateStream: false }) : text;
		},
	};
}
