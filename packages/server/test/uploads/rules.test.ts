import * as v from "valibot";
import { expect, test } from "vitest";
import { checkContentType } from "../../src/uploads/content-type.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { checkMetadata, toStoredMetadata } from "../../src/uploads/metadata.js";
import { formatSize, parseSize } from "../../src/uploads/size.js";

const codeOf = (work: () => unknown): string => {
	try {
		work();
		return "accepted";
	} catch (error) {
		return (error as { code?: string }).code ?? (error as Error).name;
	}
};

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

test("a type is matched on its essence, whatever its case and parameters", () => {
	expect(checkContentType("Image/PNG", ["image/*"])).toBe("image/png");
	expect(checkContentType("text/plain; charset=utf-8", ["text/plain"])).toBe(
		"text/plain;charset=utf-8",
	);
	expect(checkContentType(undefined, undefined)).toBe("application/octet-stream");
	expect(codeOf(() => checkContentType("image/svg+xml", ["image/png"]))).toBe("unsupported-type");
	expect(codeOf(() => checkContentType(undefined, ["image/*"]))).toBe("unsupported-type");
	expect(codeOf(() => checkContentType("imagex/png", ["image/*"]))).toBe("unsupported-type");
});

test.each([
	"",
	"image",
	"image/",
	"image/png\r\nx-amz-acl: public-read",
	"image/png, text/html",
	"a/b/c",
	"*/*\u0000",
	`a/${"b".repeat(300)}`,
	// what a query makes of image/svg+xml
	"image/svg xml",
])("%j is no media type and never reaches a signature", (type) => {
	expect(codeOf(() => checkContentType(type, undefined))).toBe("invalid-request");
});

const anything = {
	"~standard": {
		version: 1 as const,
		vendor: "test",
		validate: (value: unknown) => ({ value: value as Record<string, string> }),
	},
};

test("metadata that stores could not keep unchanged is refused, field by field", async () => {
	const bad = {
		a: "é",
		"b\r\n": "x",
		c: Number.NaN,
		"skyput-upload": "forged",
		D: "x",
		d: "x",
		e: "line\nfeed",
		f: " padded",
	};
	const error = await checkMetadata(bad, anything).catch((e: unknown) => e);
	expect(error).toMatchObject({
		code: "invalid-request",
		errors: [
			{ field: "metadata.a" },
			{ field: "metadata.b\r\n" },
			{ field: "metadata.c" },
			{ field: "metadata.skyput-upload" },
			{ field: "metadata.d" },
			{ field: "metadata.e" },
			{ field: "metadata.f" },
		],
	});
});

test("numbers and booleans keep their types and are stored as text, undefined is left out", async () => {
	const metadata = await checkMetadata(
		{ Title: "a", seconds: 1.5, hidden: false, note: undefined },
		anything,
	);
	expect(metadata).toStrictEqual({ Title: "a", seconds: 1.5, hidden: false });
	expect(toStoredMetadata(metadata ?? {})).toEqual({ title: "a", seconds: "1.5", hidden: "false" });
});

test("metadata that is neither text, number nor boolean is refused", async () => {
	for (const value of [null, 1n, Symbol("x"), [], {}, () => "", Number.POSITIVE_INFINITY]) {
		await expect(checkMetadata({ a: value }, anything)).rejects.toMatchObject({
			errors: [{ field: "metadata.a", detail: expect.stringContaining("a finite number") }],
		});
	}
});

test("2,000 bytes of metadata pass and 2,001 do not", async () => {
	await expect(checkMetadata({ a: "x".repeat(1999) }, anything)).resolves.toHaveProperty("a");
	await expect(checkMetadata({ a: "x".repeat(2000) }, anything)).rejects.toMatchObject({
		code: "invalid-request",
	});
});

test("however much is wrong with metadata, the answer stays small", async () => {
	const flood = Object.fromEntries(
		Array.from({ length: 50_000 }, (_, i) => [`${i}${"x".repeat(i === 0 ? 1e6 : 0)}`, ""]),
	);
	const strict = v.record(v.string(), v.pipe(v.string(), v.minLength(1)));
	for (const schema of [anything, strict]) {
		const error = await checkMetadata(flood, schema).catch((e: unknown) => e);
		expect(error).toMatchObject({ code: "invalid-request" });
		expect(JSON.stringify(error).length).toBeLessThan(50_000);
	}
});

test("metadata without a schema is refused, not dropped", async () => {
	await expect(checkMetadata({ a: "x" }, undefined)).rejects.toMatchObject({
		code: "invalid-request",
	});
	await expect(checkMetadata(undefined, undefined)).resolves.toBeUndefined();
});

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
