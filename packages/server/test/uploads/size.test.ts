import { expect, test } from "vitest";
import { checkSize, formatSize, parseSize, tooLarge } from "../../src/uploads/size.js";

test("sizes are decimal or binary as written", () => {
	expect(parseSize("5 MB")).toBe(5_000_000);
	expect(parseSize("5MiB")).toBe(5 * 2 ** 20);
	expect(parseSize("1.5 GB")).toBe(1_500_000_000);
	expect(parseSize(123)).toBe(123);
	expect(formatSize(5_000_000)).toBe("5 MB");
	expect(formatSize(999)).toBe("999 B");
});

test("a refused size and its limit are told in bytes where they are the same in words", () => {
	expect(() => checkSize(5_000_001, { maxSize: 5_000_000 })).toThrow(
		"The file has 5000001 bytes; at most 5000000 bytes are accepted.",
	);
	expect(() => checkSize(4_999_999, { minSize: 5_000_000 })).toThrow(
		"The file has 4999999 bytes; at least 5000000 bytes are required.",
	);
	expect(() => checkSize(6_000_000, { maxSize: 5_000_000 })).toThrow(
		"The file has 6 MB; at most 5 MB are accepted.",
	);
	expect(tooLarge(null, 5_000_000).message).toBe(
		"The file is too large; at most 5 MB are accepted.",
	);
});

test.each([
	"5 mb",
	"5 megabytes",
	"",
	"-1 MB",
	0,
	-1,
	1.5,
	Number.NaN,
	Number.POSITIVE_INFINITY,
	null,
	"5 MB x",
])("%j is no size", (size) => {
	expect(() => parseSize(size)).toThrow(TypeError);
});
