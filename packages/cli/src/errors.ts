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
	"project-invalid": exitCodes.usage,
	"port-taken": exitCodes.failed,
	"endpoint-not-found": exitCodes.failed,
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

/** What the file system refuses, in words. */
const fileReasons: Readonly<Record<string, string>> = {
	ENOENT: "it does not exist",
	EACCES: "permission denied",
	EPERM: "permission denied",
	EROFS: "the file system is read-only",
	ENOSPC: "the disk is full",
	EEXIST: "a file is in the place of a folder",
	ENOTDIR: "a part of the path is a file, not a folder",
	EISDIR: "it is a folder",
};

/** Why a file cannot be read or written: in words, with the system's code. */
export function fileReason(error: unknown): string {
	const { code, message } = Object(error) as { readonly code?: string; readonly message?: string };
	const known = code === undefined ? undefined : fileReasons[code];
	return known ? `${known} (${code})` : (message ?? String(error));
}
