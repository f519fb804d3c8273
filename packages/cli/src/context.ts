import type { Readable } from "node:stream";
import type { Command } from "commander";
import type { Output } from "./output.js";

/** What a command gets of the world around it. */
export interface CommandContext {
	readonly output: Output;
	readonly stdin: Readable & { readonly isTTY?: boolean | undefined };
	/** The folder that relative paths start from. */
	readonly cwd: string;
	readonly env: Readonly<Record<string, string | undefined>>;
	/** Aborted by Ctrl-C, SIGTERM or SIGHUP: the command cleans up and ends. A second Ctrl-C ends the process. */
	readonly signal: AbortSignal;
	/** Makes the command end with 1, where it printed itself what failed. */
	fail(): void;
}

/**
 * Makes one command: its name, arguments, options, help, and an action. The action loads the code that does
 * the work by `import()`, so that `skyput --help` loads none, and throws a `CommandError` where it fails.
 */
export type CommandFactory = (context: CommandContext) => Command;
