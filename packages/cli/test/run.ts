import { Readable, Writable } from "node:stream";
import { runCommand } from "../src/run-command.js";

export interface RunResult {
	readonly exitCode: number;
	readonly stdout: string;
	readonly stderr: string;
	/** The documents that `--json` printed. */
	readonly documents: readonly unknown[];
}

export interface RunCommandOptions {
	readonly cwd?: string;
	readonly env?: Readonly<Record<string, string | undefined>>;
	readonly stdin?: string | Uint8Array;
	readonly signal?: AbortSignal;
	/** Makes stdout a terminal with colors. */
	readonly terminal?: boolean;
	/** The width of the terminal. @default 80 */
	readonly columns?: number;
}

/** Runs the command line in this process, and collects what it prints. */
export async function run(
	words: readonly string[],
	{
		cwd = "/",
		env = {},
		stdin = "",
		signal,
		terminal = false,
		columns = 80,
	}: RunCommandOptions = {},
): Promise<RunResult> {
	const [stdout, stderr] = [collector(terminal, columns), collector(false, columns)];
	const exitCode = await runCommand(words, {
		stdin: Readable.from([Buffer.from(stdin)]),
		stdout,
		stderr,
		cwd,
		env,
		signal: signal ?? new AbortController().signal,
	});
	return {
		exitCode,
		stdout: stdout.text,
		stderr: stderr.text,
		get documents() {
			return stdout.text
				.split("\n")
				.filter((line) => line !== "")
				.map((line) => JSON.parse(line) as unknown);
		},
	};
}

class Collector extends Writable {
	text = "";
	constructor(
		readonly isTTY: boolean,
		readonly columns: number,
	) {
		super();
	}
	hasColors(): boolean {
		return this.isTTY;
	}
	override _write(chunk: Buffer, _encoding: string, done: () => void): void {
		this.text += chunk.toString();
		done();
	}
}

const collector = (isTTY: boolean, columns: number): Collector => new Collector(isTTY, columns);
