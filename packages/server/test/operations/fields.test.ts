import { expect, test } from "vitest";
import { create } from "../../src/operations/create.js";
import { readJson, readQuery } from "../../src/operations/fields.js";

test.each([
	["wide", `{${Array.from({ length: 8000 }, (_, n) => `"${n}":1`).join(",")}}`],
	["deep", "[".repeat(63_000)],
	["blank", " ".repeat(6_000_000)],
	["long, not Latin", "\u4e00".repeat(3_000_000)],
	["full of quotes", `"${'\\"'.repeat(31_000)}`],
	["full of escapes", JSON.stringify({ key: "\u0001".repeat(10_000) })],
	[
		"a long key of combining marks",
		JSON.stringify({ v: 1, key: "\u0301".repeat(31_000), size: 1 }),
	],
])("a %s body costs at most three times the parsing of 64 kB", (_what, body) => {
	const cpu = (work: () => unknown): number => {
		const { user } = process.cpuUsage();
		for (let round = 0; round < 100; round++) work();
		return process.cpuUsage().user - user;
	};
	const usual = JSON.stringify({ list: Array.from({ length: 4000 }, (_, n) => `value ${n}`) });
	const refuse = (): void => {
		try {
			create.parse(readJson(body));
		} catch {
			// refused
		}
	};
	// compile both
	cpu(refuse);
	cpu(() => JSON.parse(usual));
	expect(cpu(refuse)).toBeLessThan(3 * cpu(() => JSON.parse(usual)) + 20_000);
});

test("a long name that a query has twice is quoted in part", () => {
	const name = "z".repeat(60_000);
	expect(() => readQuery(`${name}=1&${name}=2`)).toThrow(/^The query has "z{80}" twice\.$/);
});
