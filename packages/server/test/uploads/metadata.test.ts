import * as v from "valibot";
import { expect, test } from "vitest";
import * as z from "zod";
import { checkMetadata, toStoredMetadata } from "../../src/uploads/metadata.js";

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
		message: expect.stringMatching(/metadata\.a: A value must be printable ASCII; .*encodeURI/),
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

test("what a schema says of a value stands in the list of errors only: it may quote the value, and the log has the sentence", async () => {
	const error = await checkMetadata({ pin: "secret-4711" }, v.object({ pin: v.number() })).catch(
		(e: unknown) => e,
	);
	expect(error).toMatchObject({
		message: "The metadata is invalid.",
		errors: [{ field: "metadata.pin", detail: expect.stringContaining("secret-4711") }],
	});
});

test("numbers and booleans keep their types and are stored as text, undefined is left out", async () => {
	const metadata = await checkMetadata(
		{ Title: "a", seconds: 1.5, hidden: false, comment: undefined },
		anything,
	);
	expect(metadata).toStrictEqual({ Title: "a", seconds: 1.5, hidden: false });
	expect(toStoredMetadata(metadata ?? {})).toEqual({ title: "a", seconds: "1.5", hidden: "false" });
});

test("a number that Zod made of text is stored as text", async () => {
	const schema = z.object({ seconds: z.coerce.number() });
	const metadata = await checkMetadata({ seconds: "90" }, schema);
	expect(metadata).toStrictEqual({ seconds: 90 });
	expect(toStoredMetadata(metadata ?? {})).toEqual({ seconds: "90" });
	await expect(checkMetadata({ seconds: "ninety" }, schema)).rejects.toMatchObject({
		errors: [{ field: "metadata.seconds" }],
	});
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
