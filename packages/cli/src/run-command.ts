import type { Readable } from "node:stream";
import { Command, CommanderError } from "commander";
import manifest from "../package.json" with { type: "json" };
import { commands } from "./commands.js";
import type { CommandContext } from "./context.js";
import { CommandError, exitCodes } from "./errors.js";
import { helpConfiguration, programHelp } from "./help.js";
import { createOutput, type OutputStream, showsColors } from "./output.js";

/** The world around the command: the process's own, or that of a test. */
export interface RunOptions extends Pick<CommandContext, "cwd" | "env" | "signal"> {
	readonly stdin: Readable;
	readonly stdout: OutputStream;
	readonly stderr: OutputStream;
}

/**
 * Runs the command line.
 *
 * @param words - The arguments, without `node` and the script.
 * @param options - The streams, folder, environment and signal.
 * @returns The exit code. Errors are printed, not thrown.
 */
export async function runCommand(words: readonly string[], options: RunOptions): Promise<number> {
	const end = words.indexOf("--");
	const json = (end === -1 ? words : words.slice(0, end)).includes("--json");
	const { stdin, stdout, stderr, cwd, env, signal } = options;
	const output = createOutput({ stdout, stderr, env, json });
	let exitCode: number = exitCodes.done;
	const fail = (): void => {
		exitCode = exitCodes.failed;
	};
	const program = createProgram({ output, stdin, cwd, env, signal, fail }, options);
	try {
		await program.parseAsync(words, { from: "user" });
		if (signal.reason instanceof CommandError) throw signal.reason;
		return exitCode;
	} catch (thrown) {
		const error = causeOf(thrown, signal);
		if (error instanceof CommanderError) {
			if (error.exitCode === 0) return exitCodes.done;
			const message =
				error.code === "commander.help"
					? "the command is missing: run it with --help for a list."
					: error.message.replace(/^error: /, "");
			output.document({ error: { code: "invalid-usage", message } });
			return exitCodes.usage;
		}
		const failure = describe(error);
		const { code, message } = failure;
		output.document({ error: { code, message } });
		if (!json) output.warn(`${colored(options, "skyput:")} ${message}`);
		return failure.exitCode;
	}
}

/** What ended the command: its own error, an error that nothing caught, or Ctrl-C. */
function causeOf(thrown: unknown, { aborted, reason }: AbortSignal): unknown {
	if (reason instanceof CommandError) return reason;
	return aborted && !(thrown instanceof CommandError)
		? new CommandError("stopped", "stopped.")
		: thrown;
}

function createProgram(context: CommandContext, { stdout, stderr, env }: RunOptions): Command {
	const { json } = context.output;
	const program = new Command("skyput")
		.usage("<command> [options]")
		.description("Upload files straight to cloud storage through presigned URLs.")
		.version(manifest.version, "-v, --version", "Print the version")
		.helpOption("-h, --help", "Print this help")
		.helpCommand(false)
		.option("--json", "Print JSON to stdout, one document a line; the last is the result")
		.addHelpText("after", programHelp)
		.showHelpAfterError("Run it with --help for its arguments and options.")
		.showSuggestionAfterError()
		.exitOverride()
		.configureHelp(helpConfiguration)
		.configureOutput({
			writeOut: (text) => stdout.write(text),
			// a usage error is a document then
			writeErr: (text) => json || stderr.write(text),
			getOutHelpWidth: () => stdout.columns ?? 100,
			getErrHelpWidth: () => stderr.columns ?? 100,
			getOutHasColors: () => showsColors(stdout, env),
			getErrHasColors: () => showsColors(stderr, env),
			outputError: (text, write) => write(text.replace(/^error: /, "skyput: ")),
		});
	for (const create of commands) {
		program.addCommand(
			create(context).copyInheritedSettings(program).helpOption("-h, --help", "Print this help"),
		);
	}
	return program;
}

/** Errors of the client have a `code` and a sentence for people, like our own. */
function describe(error: unknown): { code: string; message: string; exitCode: number } {
	if (error instanceof CommandError) return error;
	if (error instanceof Error && "code" in error && error.name === "UploadError") {
		return { code: String(error.code), message: error.message, exitCode: exitCodes.failed };
	}
	const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
	return {
		code: "internal",
		message: `this is a bug in the command; please report it at ${manifest.repository.url.replace(/^git\+|\.git$/g, "")}/issues\n${text}`,
		exitCode: exitCodes.failed,
	};
}

function colored({ stderr, env }: RunOptions, text: string): string {
	return showsColors(stderr, env) ? `\u001b[31m${text}\u001b[39m` : text;
}
