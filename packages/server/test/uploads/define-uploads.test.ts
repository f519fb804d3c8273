import { expect, test } from "vitest";
import { defineUploads } from "../../src/uploads/define-uploads.js";

test("overlapping patterns throw when the table is made, naming both", () => {
	expect(() => defineUploads({ "a/:x": {}, "a/b": {} })).toThrow(/"a\/:x" and "a\/b" overlap/);
});

test.each([
	[{ expiresIn: 0 }, /expiresIn 0/],
	[{ expiresIn: Number.NaN }, /expiresIn NaN/],
	[{ expiresIn: 604_801 }, /expiresIn 604801/],
	[{ expiresIn: 1.5 }, /expiresIn 1.5/],
	[{ maxSize: "5 mb" }, /is not a size/],
	[{ contentTypes: ["png"] }, /"png" is not a content type/],
	[{ contentTypes: ["*/*"] }, /not a content type/],
	[{ cacheControl: "a\r\nb" }, /cacheControl/],
	[{ authorize: true }, /authorize/],
	[{ key: "a/fixed" }, /key that is not a function/],
	[{ onComplete: {} }, /onComplete that is not a function/],
	[{ metadata: { title: "string" } }, /metadata that is not a Standard Schema/],
	[{ maxBytes: 5 }, /unknown option "maxBytes"/],
])("the rule %j is refused when the table is made, by pattern and option", (rule, message) => {
	const table = { "a/:b": rule } as never;
	expect(() => defineUploads(table)).toThrow(message);
	expect(() => defineUploads(table)).toThrow('"a/:b"');
});

test.each([[[]], [new Map([["files/:name", {}]])], [null], [5]])(
	"%j is no table: its rules would be left out",
	(table) => {
		expect(() => defineUploads(table as never)).toThrow(
			/^defineUploads\(\) needs a table of patterns and rules/,
		);
	},
);

test.each([null, undefined, 5, "public"])("%j is no rule", (rule) => {
	expect(() => defineUploads({ "files/:name": rule as never })).toThrow(
		/^The rule "files\/:name" must be an object such as .*, not /,
	);
});
