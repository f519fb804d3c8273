import type { Uploads } from "@skyput/server";
import { bytesInWords } from "../bytes-in-words.js";

/** Where the page may store files, for one pattern of the table. */
export interface PageTarget {
	readonly pattern: string;
	/** A key in which `{path}` and `{name}` stand for the file's path in its folder and its name. */
	readonly key: string;
	/** What the rule allows, for people. */
	readonly hint: string;
}

/**
 * The targets of a table: the patterns with the user in place of their parameters, so that the usual
 * `principal?.sub === params.userId` holds.
 */
export function pageTargets({ rules }: Uploads, user: string): PageTarget[] {
	return rules.map(({ pattern, maxSize, contentTypes, extensions, overwrite }) => {
		const last = pattern.segments.length - 1;
		const segments = pattern.segments.map(({ kind, text }, index) => {
			if (kind === "literal") return text;
			if (kind === "rest") return "{path}";
			return index === last ? "{name}" : user;
		});
		const allowed = [
			...(maxSize === undefined ? [] : [`Up to ${bytesInWords(maxSize)} per file.`]),
			...(contentTypes ? [`Types: ${contentTypes.join(", ")}.`] : []),
			...(extensions ? [`Extensions: ${extensions.join(", ")}.`] : []),
			overwrite ? "Existing files are replaced." : "Existing files are never overwritten.",
		];
		return { pattern: pattern.source, key: segments.join("/"), hint: allowed.join(" ") };
	});
}
