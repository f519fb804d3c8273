import { expect, test } from "vitest";
import { checkContentType } from "../../src/uploads/content-type.js";

const codeOf = (work: () => unknown): string => {
	try {
		work();
		return "accepted";
	} catch (error) {
		return (error as { code?: string }).code ?? (error as Error).name;
	}
};

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
	// of recorders in Chromium, which name two codecs without quotes
	["video/webm;codecs=vp8,opus", 'video/webm;codecs="vp8,opus"'],
	["video/mp4; codecs=avc1.42E01E,mp4a.40.2", 'video/mp4;codecs="avc1.42E01E,mp4a.40.2"'],
	['text/plain;title="a; b";charset=utf-8', 'text/plain;title="a; b";charset=utf-8'],
	["text/plain;", "text/plain"],
	["text/plain; ;charset=utf-8 ;", "text/plain;charset=utf-8"],
])("%j is a type that programs make, and is stored as %j", (type, stored) => {
	expect(checkContentType(type, ["video/*", "text/plain"])).toBe(stored);
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
	'text/plain;a="b',
	'text/plain;a=b"',
	'text/plain;a="b"c"',
	"text/plain;a",
	"text/plain;a=b c",
	"text/plain;a=b,\nc",
	// with the quotes that it needs it is too long
	`a/b;c=d,${"e".repeat(246)}`,
	// what a query makes of image/svg+xml
	"image/svg xml",
])("%j is no media type and never reaches a signature", (type) => {
	expect(codeOf(() => checkContentType(type, undefined))).toBe("invalid-request");
});
