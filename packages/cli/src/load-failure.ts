import { relative } from "node:path";

/** What was loaded. */
interface Loaded {
	/** Paths are shown relative to it. */
	readonly cwd: string;
	/** The file that was asked for, absolute. */
	readonly file: string;
	/** It, and the files of the project that it imports, as far as they were read. */
	readonly read: ReadonlySet<string>;
}

/** Why a file cannot be loaded: the error, the line of the project that it comes from, and what to do. */
export function loadFailure(thrown: unknown, loaded: Loaded): string {
	const { message, stack } = describe(thrown);
	const missing = /^Cannot find (?:module|package) '(.+?)'/.exec(message)?.[1];
	if (missing !== undefined) return missingModule(missing, message, loaded);
	// a syntax error names its line itself
	const text = message.replaceAll(/\s+/g, " ").replaceAll(`${loaded.cwd}/`, "");
	const line = lineOf(stack, loaded);
	return line === undefined || text.includes(line) ? text : `${text} (${line})`;
}

function describe(thrown: unknown): { readonly message: string; readonly stack: string } {
	if (!(thrown instanceof Error)) return { message: String(thrown), stack: "" };
	return { message: thrown.message || thrown.name, stack: thrown.stack ?? "" };
}

function missingModule(missing: string, message: string, { cwd, file }: Loaded): string {
	if (missing === file) return "it is a folder. Name the file in it.";
	const importer = /^- (.+)$/m.exec(message)?.[1] ?? file;
	const who = importer === file ? "it" : relative(cwd, importer);
	return /^(\w|@\w)/.test(missing)
		? `${who} imports the package "${missing}", which is not installed. Install it in your project.`
		: `${who} imports "${missing}", which does not exist. Check the path.`;
}

/** The first line of a stack that is in the project, such as `uploads.ts:3`, without its column in transpiled text. */
function lineOf(stack: string, { cwd, read }: Loaded): string | undefined {
	for (const [, file = "", line] of stack.matchAll(
		/(?:file:\/\/)?(\/[^():]+|[A-Z]:[^():]+)(:\d+):\d+/g,
	)) {
		if (read.has(file)) return relative(cwd, file) + line;
	}
	return undefined;
}
