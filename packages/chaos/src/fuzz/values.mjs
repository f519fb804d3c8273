// What strangers send: wrong types, extreme numbers, hostile keys.
import fc from "fast-check";

const strings = [
	"",
	"__proto__",
	"constructor",
	"\u0000",
	"\ud800",
	"\u202e",
	"\r\nx-amz-acl: public-read",
	"%",
	"%00",
	"../../etc/passwd",
	"e\u0301".repeat(40),
	"\u0301".repeat(200),
	"9".repeat(400),
	"1e309",
	"application/json",
	"{partNumber}{value}",
	"$&$1",
	"a".repeat(9000),
];
const numbers = [0, -0, -1, 1.5, 1e300, Number.MAX_VALUE, 2 ** 53, 2 ** 31, 1e-7, 86_400];

/** Any characters, lone surrogates too; fast-check's own unit for them takes 85 MB. */
export const anyText = fc.string({
	unit: fc.nat(0x10ffff).map((point) => String.fromCodePoint(point)),
	maxLength: 60,
});

/** Any JSON value, most often one that some check forgets. */
export const wild = fc.oneof(
	fc.constantFrom(...numbers),
	fc.constantFrom(...strings),
	fc.constantFrom(null, true, false, [], {}, [[]], [null], { toJSON: 1 }, { length: 1e9 }),
	fc.jsonValue({ maxDepth: 3 }),
	anyText,
);

/** Keys inside and outside of the rules, in spellings that a URL parser or a file system changes. */
export const hostileKey = fc.oneof(
	fc.constantFrom("open/b", "mine/7/b", "mine/8/b", "made/7/b.png", "shared/a", "mine/9/a"),
	fc.constantFrom(
		"open/a",
		"open/../closed/a",
		"open/%2e%2e/closed/a",
		"open/./a",
		"open//a",
		"/open/a",
		"open/a/",
		"open\\..\\closed",
		"open/a?x=1#y",
		"open/a%3Fx-amz-acl=public-read",
		"open/+ &=~'()*!",
		"open/\u00e9",
		"OPEN/a",
		"closed/a",
		"closed/secret",
		"mine/7/a",
		"mine/7/b/c",
		"mine/8/a",
		"mine/7/../8/a",
		"mine//a",
		"made/7/a.png",
		"made/8/a.png",
		"made/7/a.exe",
		"shared/a",
		".skyput/quarantine/x",
		".SKYPUT/x",
	),
	fc
		.tuple(
			fc.constantFrom("open/", "mine/7/", "mine/8/", "made/7/", "closed/", "shared/", ""),
			fc.oneof(fc.constantFrom(...strings), anyText),
		)
		.map((parts) => parts.join("")),
	fc
		.tuple(fc.constantFrom("a", "\u0301", "a\u0316", "\u00e9", "/", "a/"), fc.nat(1100))
		.map(([unit, times]) => `open/${unit.repeat(times)}`),
);

/** Where {@link damage} puts which values. */
export const edits = fc.oneof(
	{ weight: 3, arbitrary: fc.constant([]) },
	{ weight: 2, arbitrary: fc.array(fc.tuple(fc.nat(), wild), { minLength: 1, maxLength: 3 }) },
);

/** The paths of all members, to six levels. */
function pathsOf(value, path = []) {
	if (typeof value !== "object" || value === null || path.length === 6) return [];
	return Object.keys(value).flatMap((name) => [
		[...path, name],
		...pathsOf(value[name], [...path, name]),
	]);
}

/** A copy of a JSON value in which some members are replaced by others. */
export function damage(value, changes) {
	const copy = structuredClone(value);
	for (const [at, replacement] of changes) {
		const paths = pathsOf(copy);
		const path = paths[at % paths.length];
		if (path === undefined) return copy;
		const owner = path.slice(0, -1).reduce((object, name) => object[name], copy);
		// an own member, also where it is called __proto__
		Object.defineProperty(owner, path.at(-1), {
			value: structuredClone(replacement),
			enumerable: true,
			configurable: true,
			writable: true,
		});
	}
	return copy;
}
