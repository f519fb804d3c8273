import { expect, test } from "vitest";
import { create } from "../../src/operations/create.js";
import { readJson, readQuery } from "../../src/operations/read-request.js";
import { sign } from "../../src/operations/sign.js";
import { expectCheap } from "../support/cost.js";

test.each([
	["wide", `{${Array.from({ length: 8000 }, (_, n) => `"${n}":1`).join(",")}}`],
	["named wide", `{${Array.from({ length: 6000 }, (_, n) => `"a${n}":${n}`).join(",")}}`],
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
	return expectCheap(() => create.parse(readJson(body)));
});

test.each([
	["many parameters", Array.from({ length: 2000 }, (_, n) => `a${n}=b`).join("&")],
	["a long key of combining marks", `key=${encodeURIComponent("\u0301".repeat(2600))}`],
])("a query of 16 kB with %s costs at most three times the parsing of 64 kB", (_what, query) => {
	return expectCheap(() => sign.parse(readQuery(query)));
});

test("a query of more than 100 parameters is refused, and others than those of the contract are ignored", () => {
	const query = (count: number): string =>
		Array.from({ length: count }, (_, n) => `a${n}=b`).join("&");
	expect(sign.parse(readQuery(`key=a&${query(99)}`))).toEqual({ key: "a" });
	expect(() => readQuery(query(101))).toThrow("more than 100 parameters");
});

test("a body of more than 500 members is refused", () => {
	const body = (count: number): string =>
		`{"text":",,,","list":[${Array.from({ length: count }, (_, n) => n).join(",")}]}`;
	expect(readJson(body(498))).toMatchObject({ text: ",,," });
	expect(() => readJson(body(500))).toThrow("more than 500 members");
});

test("a long name that a query has twice is quoted in part", () => {
	const name = "z".repeat(60_000);
	expect(() => readQuery(`${name}=1&${name}=2`)).toThrow(/^The query has "z{80}" twice\.$/);
});
