import fc from "fast-check";
import { expect, test } from "vitest";
import { readQuarantineRecord, writeRecord } from "../src/quarantine.js";

const record = {
	key: 'made/7/\u00e9\ud83d\ude00"\\',
	metadata: { title: "a,[b]", pages: 1e21, isDraft: false },
	principal: { sub: "7", iss: "https://id.example" },
	until: 1_800_000_000,
};
const { skyput = "" } = writeRecord(record);
const object = { key: "k", size: 1, checksums: [] };
const read = (text: string) => readQuarantineRecord({ ...object, metadata: { skyput: text } });

test("a record is read as it was written", () => {
	expect(read(skyput)).toEqual(record);
	expect(readQuarantineRecord(object)).toBeUndefined();
});

const stolen = `{"key":"made/8/stolen","until":9`;

test.each([
	["an array", `${stolen},"x":[0,${skyput},0]}`],
	["an array that a second member of its name hides", `${stolen},"x":[0,${skyput},0],"x":1}`],
	["an array in metadata", `${stolen},"metadata":{"a":[0,${skyput},0]}}`],
	["another value", `0,${skyput}`],
	["a list", `[0,${skyput},0]`],
	["a blank", `${skyput} `],
])("a record that is stored within %s is none", (_what, text) => {
	expect(read(text)).toBeUndefined();
});

test("no text before and after a record makes another one of it", () => {
	const piece = fc.constantFrom(
		stolen,
		"[",
		"]",
		"{",
		"}",
		",",
		":",
		'"',
		"\\",
		'"x"',
		"0",
		skyput,
	);
	const pieces = fc.array(piece, { maxLength: 8 }).map((all) => all.join(""));
	const join = (before: string, after: string): void => {
		expect(read(`${before},${skyput},${after}`)).toBeUndefined();
		expect(read(`${before},${skyput}`)).toBeUndefined();
		expect(read(`${skyput},${after}`)).toBeUndefined();
	};
	fc.assert(fc.property(pieces, pieces, join), { numRuns: 2_000 });
});
