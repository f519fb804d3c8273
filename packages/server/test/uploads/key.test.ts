import { expect, test } from "vitest";
import { normalizeKey, principalSegment } from "../../src/uploads/key.js";

const refusal = (key: unknown): string => {
	try {
		return `accepted as ${normalizeKey(key)}`;
	} catch (error) {
		return (error as { code: string }).code;
	}
};

test("ordinary keys, also of other scripts and with odd but harmless characters, pass unchanged", () => {
	for (const key of [
		"a",
		"a/b/c.txt",
		"fotos/été 2026 (1)!.jpg",
		"日本/写真.png",
		"a..b/...c/%2e%2e/x",
		"~'*&=?#+",
	]) {
		expect(normalizeKey(key)).toBe(key.normalize("NFC"));
	}
});

test("keys that look alike become one: they are NFC-normalised", () => {
	expect(normalizeKey("e\u0301t\u00e9")).toBe("\u00e9t\u00e9");
});

test("a key of 1,024 bytes passes and one of 1,025 does not, counted in UTF-8", () => {
	expect(normalizeKey("é".repeat(512))).toHaveLength(512);
	expect(refusal(`${"é".repeat(512)}a`)).toBe("invalid-key");
});

test.each([
	["empty", ""],
	["not a string", 7],
	["a leading slash", "/a"],
	["a trailing slash", "a/"],
	["two slashes in a row", "a//b"],
	["a dot segment that browsers remove", "a/./b"],
	["a double-dot segment that climbs", "uploads/u1/../../admin/x"],
	["a key that is only dots", ".."],
	["a backslash that some tools take for a slash", "a\\..\\b"],
	["a lone surrogate", "a\ud800b"],
	["NUL", "a\u0000b"],
	["a line feed", "a\nb"],
	["DEL", "a\u007fb"],
	["a C1 control", "a\u0085b"],
	["U+FFFE, which no XML can hold", "a\ufffeb"],
	["U+FFFF", "a\uffff"],
	["a right-to-left override", "a\u202egpj.exe"],
	["an isolate", "a\u2066b"],
	["31 combining marks in a row", `a${"\u0301".repeat(31)}`],
	["the reserved first segment", ".skyput/quarantine/x"],
	["nothing but the reserved segment", ".skyput"],
])("a key is refused when it has %s", (_why, key) => {
	expect(refusal(key)).toBe("invalid-key");
});

test("marks of Arabic and Hebrew, stacked accents and .skyput further down pass", () => {
	for (const key of [
		"a\u200fb",
		"a\u061cb",
		`x${"\u0323".repeat(30)}`,
		"a/.skyput/b",
		".skyputs/a",
	]) {
		expect(refusal(key)).toBe(`accepted as ${key.normalize("NFC")}`);
	}
});

test("a key costs no more time than its length, whatever is in it", () => {
	const cpu = (work: () => unknown): number => {
		const { user } = process.cpuUsage();
		work();
		return process.cpuUsage().user - user;
	};
	const body = JSON.stringify({ a: "x".repeat(64_000) });
	const parse = cpu(() => Array.from({ length: 200 }, () => JSON.parse(body)));
	for (const key of [
		"\u0301".repeat(1_000_000),
		"\u0316\u0301".repeat(4096),
		`${"a\u0316".repeat(4096)}`,
	]) {
		// far below the seconds that normalising took
		expect(cpu(() => Array.from({ length: 200 }, () => refusal(key)))).toBeLessThan(
			parse * 3 + 50_000,
		);
	}
});

test("two callers never have one segment, whatever their issuers put into the subject", () => {
	const callers = [
		...["\ud800", "\ud801", '"\\ud800"', "\ufffd", "+", "%2B", ".", "%2E", "a:b", "a%3Ab"].map(
			(sub) => ({ sub }),
		),
		...["", "a", "a:b"].map((iss) => ({ iss, sub: "b" })),
	];
	const segments = callers.map(principalSegment);
	expect(new Set(segments).size).toBe(callers.length);
	for (const segment of segments) expect(normalizeKey(segment)).toBe(segment);
});
