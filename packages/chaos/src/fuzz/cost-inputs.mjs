// Requests that may cost the server more than their length.
import fc from "fast-check";

/** Texts whose cost may grow faster than their length. */
export const units = {
	letters: "a",
	marks: "\u0301",
	"marks out of order": "\u0316\u0301",
	"a mark a letter": "a\u0316",
	Hangul: "\uac00",
	emoji: "\u{1f600}",
	surrogates: "\ud800",
	slashes: "/",
	segments: "a/",
	dots: "../",
	backslashes: "\\",
	percents: "%25",
	quotes: '"',
	digits: "9",
	spaces: " ",
	semicolons: "a=b;",
	"controls, escaped": "\u0001",
	origins: "a.",
	assignments: "&a=b",
	brackets: "[{",
};

/** A body of about `length` characters. @type {Record<string, (unit: string, length: number) => string>} */
export const bodies = {
	text: (unit, length) => unit.repeat(length / unit.length),
	"in a string": (unit, length) => `{"v":1,"key":"a","x":"${unit.repeat(length / unit.length)}"}`,
	key: (unit, length) => JSON.stringify({ v: 1, size: 1, key: fill(unit, length) }),
	"key of a rule": (unit, length) =>
		JSON.stringify({ v: 1, size: 1, key: `open/${fill(unit, length)}` }),
	type: (unit, length) =>
		JSON.stringify({ v: 1, size: 1, key: "open/a", contentType: `a/b;${fill(unit, length)}` }),
	kinds: (unit, length) =>
		JSON.stringify({ v: 1, size: 1, key: "open/a", kinds: list(unit, length) }),
	checksums: (unit, length) =>
		JSON.stringify({
			v: 1,
			size: 1,
			key: "open/a",
			checksums: list(unit, length / 30).map((value) => ({ algorithm: "crc32", value })),
		}),
	metadata: (unit, length) =>
		JSON.stringify({
			v: 1,
			size: 1,
			key: "made/7/a.png",
			contentType: "image/png",
			metadata: Object.fromEntries(list(unit, length / 2).map((value, n) => [`a${n}`, value])),
		}),
	members: (unit, length) =>
		JSON.stringify(Object.fromEntries(list(unit, length / 2).map((value, n) => [value + n, n]))),
	levels: (_, length) => "[".repeat(length / 2) + "]".repeat(length / 2),
	objects: (_, length) => '{"a":'.repeat(length / 6) + 1 + "}".repeat(length / 6),
	numbers: (_, length) => `[${"1.7976931348623157e308,".repeat(length / 23)}0]`,
	token: (unit, length) => JSON.stringify({ token: `${fill(unit, length)}.${"A".repeat(43)}` }),
};
export const fill = (unit, length) =>
	unit.repeat(Math.max(1, length / JSON.stringify(unit).length));
const list = (unit, length) =>
	Array.from({ length: Math.max(1, length / (unit.length + 8)) }, () => unit);

/** A query of about `length` characters. */
export const queries = {
	parameters: (unit, length) =>
		Array.from({ length: length / 8 }, (_, n) => `${n}=${encodeURIComponent(unit.toWellFormed())}`)
			.join("&")
			.slice(0, length),
	"one value": (unit, length) => `key=open/${encode(unit, length)}`,
	"a file name": (unit, length) => `key=shared/a&filename=${encode(unit, length)}`,
	"one name": (unit, length) => `${encode(unit, length)}=1`,
};
const encode = (unit, length) =>
	encodeURIComponent(unit.toWellFormed()).repeat(Math.max(1, length / (unit.length * 6)));

/** Characters of the longest query: gateways and servers take no longer headers. */
const longestQuery = 16_000;

/** A request: which body, query or header, of which text, and how long. */
export const hostile = fc.oneof(
	{
		weight: 4,
		arbitrary: fc.record({
			body: fc.constantFrom(...Object.keys(bodies)),
			unit: fc.constantFrom(...Object.keys(units)),
			length: fc.constantFrom(500, 8_000, 30_000, 63_900),
			base64: fc.boolean(),
			path: fc.constantFrom("", "parts", "complete", "status"),
		}),
	},
	{
		weight: 1,
		arbitrary: fc.record({
			// the others would need more memory here than where they are read
			body: fc.constantFrom("text", "in a string", "levels", "numbers"),
			unit: fc.constantFrom(...Object.keys(units)),
			length: fc.constant(6_000_000),
			base64: fc.boolean(),
			path: fc.constant(""),
		}),
	},
	{
		weight: 1,
		arbitrary: fc.record({
			query: fc.constantFrom(...Object.keys(queries)),
			unit: fc.constantFrom(...Object.keys(units)),
			length: fc.constantFrom(500, 4_000, longestQuery),
			path: fc.constantFrom("", "rules", "download"),
		}),
	},
	{
		weight: 1,
		arbitrary: fc.record({
			header: fc.constantFrom("origin", "content-type", "sec-fetch-site", "x-request-id"),
			unit: fc.constantFrom(...Object.keys(units)),
			length: fc.constantFrom(500, longestQuery),
			path: fc.constantFrom("", "parts"),
		}),
	},
);
