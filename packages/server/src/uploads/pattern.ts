import { normalizeKey, reservedSegment } from "./key.js";

/** The names in a pattern: `"videos/:userId/*path"` has `userId` and `path`. */
export type PatternParams<Pattern extends string> = Pattern extends `${infer Segment}/${infer Rest}`
	? SegmentParams<Segment> & PatternParams<Rest>
	: SegmentParams<Pattern>;

type SegmentParams<Segment extends string> = Segment extends `:${infer Name}`
	? { readonly [K in Name]: string }
	: Segment extends `*${infer Name}`
		? { readonly [K in Name]: string }
		: unknown;

/** One segment of a {@link Pattern}. */
export interface PatternSegment {
	readonly kind: "literal" | "one" | "rest";
	/** The literal itself, or the name of the parameter. */
	readonly text: string;
}

/** A key pattern, ready to match. */
export interface Pattern {
	readonly source: string;
	readonly segments: readonly PatternSegment[];
}

const name = /^[A-Za-z_][A-Za-z0-9_]*$/;

function parseSegment(text: string): PatternSegment {
	if (!text.startsWith(":") && !text.startsWith("*")) {
		// normalized like keys, so that both compare equal
		return { kind: "literal", text: text.normalize("NFC") };
	}
	return { kind: text.startsWith(":") ? "one" : "rest", text: text.slice(1) };
}

/** Whether a key can have the segment, after its first. */
function isSegment(text: string): boolean {
	try {
		normalizeKey(`a/${text}`);
		return true;
	} catch {
		return false;
	}
}

/**
 * Reads a key pattern: segments between slashes, each a literal, `:name` (one segment) or, at the
 * end, `*name` (the rest, at least one segment).
 *
 * @throws TypeError naming the pattern and what is wrong with it.
 */
export function parsePattern(source: string): Pattern {
	const wrong = (why: string): TypeError => new TypeError(`The key pattern "${source}" ${why}`);
	const segments = source.split("/").map(parseSegment);
	const names = new Set<string>();
	segments.forEach(({ kind, text }, index) => {
		if (kind === "literal") {
			if (!isSegment(text)) {
				throw wrong(`has the segment ${JSON.stringify(text)}, which no key can have`);
			}
			if (/[:*]/.test(text))
				throw wrong(`has ":" or "*" inside the segment "${text}"; they begin one`);
			return;
		}
		if (!name.test(text) || text === "__proto__") {
			throw wrong(`has the parameter "${text}"; use letters, digits and _`);
		}
		if (names.has(text)) throw wrong(`names the parameter "${text}" twice`);
		names.add(text);
		if (kind === "rest" && index !== segments.length - 1) {
			throw wrong(`has "*${text}" before its end; only the last segment can take the rest`);
		}
	});
	if (segments[0]?.kind === "literal" && segments[0].text === reservedSegment) {
		throw wrong(`begins with "${reservedSegment}", which is reserved`);
	}
	return { source, segments };
}

/** The parameters of a key, or null where it does not match. */
export function matchPattern(
	pattern: Pattern,
	key: string,
): Readonly<Record<string, string>> | null {
	const parts = key.split("/");
	const params: [string, string][] = [];
	for (const [index, segment] of pattern.segments.entries()) {
		const part = parts[index];
		if (part === undefined) return null;
		if (segment.kind === "rest") {
			params.push([segment.text, parts.slice(index).join("/")]);
			return Object.fromEntries(params);
		}
		if (segment.kind === "one") params.push([segment.text, part]);
		else if (segment.text !== part) return null;
	}
	return parts.length === pattern.segments.length ? Object.fromEntries(params) : null;
}

/** Whether some key matches both patterns. */
export function patternsOverlap(a: Pattern, b: Pattern): boolean {
	for (let index = 0; ; index++) {
		const left = a.segments[index];
		const right = b.segments[index];
		if (left === undefined || right === undefined) return left === right;
		if (left.kind === "rest" || right.kind === "rest") return true;
		if (left.kind === "literal" && right.kind === "literal" && left.text !== right.text)
			return false;
	}
}
