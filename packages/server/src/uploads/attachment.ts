import type { Disposition } from "#protocol";

/** The most characters of a file name. */
const maxCharacters = 255;

// control and bidirectional characters, and separators, with which a name could look like another
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to replace
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\\/]/g;

/**
 * What is wrong with a file name that a client chose, or null.
 *
 * @param filename - As sent.
 */
export function filenameProblem(filename: string): string | null {
	if (filename === "") return "Is empty.";
	if ([...filename].length > maxCharacters) return `Has more than ${maxCharacters} characters.`;
	return filename.isWellFormed() && filename.replace(unsafe, "_") === filename
		? null
		: "Has a slash, a backslash, a control or a bidirectional character.";
}

/**
 * A Content-Disposition (RFC 6266).
 *
 * @param disposition - Whether a browser shows the object or saves it.
 * @param filename - The name to save it as, in any script; made safe as by {@link attachment}.
 */
export function contentDisposition(disposition: Disposition, filename?: string): string {
	if (filename === undefined || filename === "") return disposition;
	const characters = [...filename.toWellFormed()].slice(0, maxCharacters);
	const name = characters.join("").replace(unsafe, "_");
	const ascii = name.replace(/[^\x20-\x7e]/g, "_").replace(/["%]/g, "_");
	if (ascii === name) return `${disposition}; filename="${name}"`;
	const encoded = encodeURIComponent(name).replace(
		/['()*]/g,
		(character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
	);
	return `${disposition}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

/**
 * The Content-Disposition that makes a browser save an object instead of opening it (RFC 6266). For a
 * rule's `contentDisposition`.
 *
 * @param filename - The name to save it as, in any script. Control characters, bidirectional ones and
 * slashes become `_`; 255 characters are kept. @default the browser chooses, from the URL
 * @returns The header's value, in ASCII.
 * @throws TypeError where the name is neither a string nor undefined.
 * @example
 * contentDisposition: ({ requestedKey }) => attachment(requestedKey.split("/").at(-1))
 */
export function attachment(filename?: string | undefined): string {
	// callers without TypeScript may pass anything
	if (filename !== undefined && typeof filename !== "string") {
		throw new TypeError(
			`filename must be a string, not ${filename === null ? "null" : typeof filename}.`,
		);
	}
	return contentDisposition("attachment", filename);
}
