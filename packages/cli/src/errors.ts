/** What the process exits with. */
export const exitCodes = {
	done: 0,
	/** The command ran, and what it was asked for failed. */
	failed: 1,
	/** The command could not begin: wrong arguments, or a file of the user's that it needs is wrong. */
	usage: 2,
	/** By Ctrl-C. Another signal decides the exit code itself: 128 + its number. */
	stopped: 130,
} as const;

/** The codes of {@link CommandError}, each with the exit code that it leads to. */
const codes = {
	"invalid-usage": exitCodes.usage,
	"uploads-not-found": exitCodes.usage,
	"uploads-invalid": exitCodes.usage,
	"port-taken": exitCodes.failed,
	failed: exitCodes.failed,
	stopped: exitCodes.stopped,
} as const;

export type CommandErrorCode = keyof typeof codes;

/**
 * An error that the user can act on: its message says what happened, the likely cause and what to do. It is
 * printed without a stack; with `--json` as `{ error: { code, message } }`.
 */
export class CommandError extends Error {
	override readonly name = "CommandError";
	/** Stable. */
	readonly code: CommandErrorCode;
	readonly exitCode: number;

	/**
	 * @param code - Stable; decides the exit code.
	 * @param message - What happened, the likely cause, and what to do.
	 * @param options - `cause`: the error behind this one.
	 */
	constructor(code: CommandErrorCode, message: string, options?: ErrorOptions) {
		super(message, options);
		this.code = code;
		this.exitCode = codes[code];
	}
}

/** Wrong arguments. @param message - What is wrong, and how it is written */
export const usageError = (message: string): CommandError =>
	new CommandError("invalid-usage", message);
