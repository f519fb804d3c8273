import { expect, test } from "vitest";
import { formatSize, parseSize } from "../../src/uploads/size.js";

test("sizes are decimal or binary as written", () => {
	expect(parseSize("5 MB")).toBe(5_000_000);
	expect(parseSize("5MiB")).toBe(5 * 2 ** 20);
	expect(parseSize("1.5 GB")).toBe(1_500_000_000);
	expect(parseSize(123)).toBe(123);
	expect(formatSize(5_000_000)).toBe("5 MB");
	expect(formatSize(999)).toBe("999 B");
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
