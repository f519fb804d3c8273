import fc from "fast-check";
import { expect, test } from "vitest";
import { matchPattern, parsePattern, patternsOverlap } from "../../src/uploads/pattern.js";

const match = (pattern: string, key: string) => matchPattern(parsePattern(pattern), key);
const overlap = (a: string, b: string) => patternsOverlap(parsePattern(a), parsePattern(b));

test("a name takes one segment and a star the rest", () => {
	expect(match("videos/:userId/*path", "videos/7/2026/a.mp4")).toEqual({
		userId: "7",
		path: "2026/a.mp4",
	});
	expect(match("avatars/:userId/:name", "avatars/7/a.png")).toEqual({ userId: "7", name: "a.png" });
	expect(match("*path", "a/b")).toEqual({ path: "a/b" });
});

test("too few or too many segments, or another literal, do not match", () => {
	expect(match("avatars/:userId/:name", "avatars/7")).toBeNull();
	expect(match("avatars/:userId/:name", "avatars/7/a/b")).toBeNull();
	expect(match("videos/:userId/*path", "videos/7")).toBeNull();
	expect(match("avatars/:userId", "Avatars/7")).toBeNull();
});

test.each(["a\\b", "a/\u0000", "a/\u202e", "a/..", "a//b", `a/${"x".repeat(1100)}`])(
	"the pattern %j throws, since no key can have one of its segments",
	(pattern) => {
		expect(() => parsePattern(pattern)).toThrow(/has the segment ".*", which no key can have/);
	},
);

test("a reserved name is one at the beginning alone", () => {
	expect(match("a/.skyput", "a/.skyput")).toEqual({});
});

test("a parameter called like a member of every object is only a parameter", () => {
	expect(match(":constructor", "x")).toEqual({ constructor: "x" });
});

test.each([
	["a/:x", "a/:y", true],
	["a/:x", "a/b", true],
	["a/*rest", "a/b/c", true],
	["*rest", "a", true],
	["a/:x", "a/:x/:y", false],
	["a/b", "a/c", false],
	["a/*rest", "a", false],
	["a/:x/c", "a/b/*rest", true],
	[":x/b", "a/:y", true],
	// the same letters, composed and not
	["caf\u00e9/:x", "cafe\u0301/:x", true],
])("%s and %s overlap: %s", (a, b, expected) => {
	expect(overlap(a, b)).toBe(expected);
	expect(overlap(b, a)).toBe(expected);
});

test("patterns that do not overlap never match the same key", () => {
	const segment = fc.constantFrom("a", "b", ":x", ":y");
	const pattern = fc
		.tuple(fc.uniqueArray(segment, { minLength: 1, maxLength: 3 }), fc.boolean())
		.map(([segments, rest]) => [...segments, ...(rest ? ["*rest"] : [])].join("/"));
	const key = fc
		.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 5 })
		.map((s) => s.join("/"));
	fc.assert(
		fc.property(pattern, pattern, key, (a, b, k) => {
			if (!overlap(a, b)) expect(match(a, k) !== null && match(b, k) !== null).toBe(false);
		}),
		{ numRuns: 3000 },
	);
});

test.each([
	["", /segment ""/],
	["a//b", /segment ""/],
	["a/../b", /segment ".."/],
	["a/:id.png", /parameter "id.png"/],
	["a/x:y", /inside the segment/],
	["a/:", /parameter ""/],
	["a/:id/:id", /twice/],
	["*rest/b", /before its end/],
	["a/:__proto__", /parameter/],
])("the pattern %j is refused by name", (pattern, message) => {
	expect(() => parsePattern(pattern)).toThrow(message);
	expect(() => parsePattern(pattern)).toThrow(`"${pattern}"`);
});
