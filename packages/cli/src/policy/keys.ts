import type { CompiledRule } from "@skyput/server";

/** Where uploads wait until they are processed. */
export const quarantineKeys = ".skyput/quarantine/*";

/** Where the verdict of a processed upload stands, unless the handler has a store for it. */
export const verdictKeys = ".skyput/verdicts/*";

/** The tag with the verdict on an object. */
export const verdictTag = "skyput-verdict";

/** Where the processor keeps copies that no URL can write, on a storage whose copies cannot be pinned. */
export const scanningKeys = ".skyput/scanning/*";

/** Where `staged()` keeps the parts of unfinished uploads. */
export const stagedKeys = ".skyput/*";

/** The keys of a rule, with `*` for any characters, also slashes. */
export const keysOf = ({ pattern }: CompiledRule): string =>
	pattern.segments.map(({ kind, text }) => (kind === "literal" ? text : "*")).join("/");

/** Where the bytes of a rule are stored at first, but the parts under `staged()`. */
export const targetOf = (rule: CompiledRule): string =>
	rule.quarantine ? quarantineKeys : keysOf(rule);

/** The part of keys before the first `*`. */
export const prefixOf = (keys: string): string => keys.split("*")[0] ?? "";

/** Whether one key is among both. */
export function keysOverlap(a: string, b: string): boolean {
	// whether what remains of both from these positions overlaps, from the end
	let row = Array.from({ length: b.length + 1 }, (_, j) => /^\**$/.test(b.slice(j)));
	for (let i = a.length - 1; i >= 0; i--) {
		const next: boolean[] = [];
		for (let j = b.length; j >= 0; j--) {
			const skipsA = a[i] === "*" && (row[j] || (j < b.length && next[j + 1]));
			const skipsB = j < b.length && b[j] === "*" && (next[j + 1] || row[j]);
			next[j] = skipsA || skipsB || (j < b.length && a[i] === b[j] && row[j + 1]) || false;
		}
		row = next;
	}
	return row[0] ?? false;
}
