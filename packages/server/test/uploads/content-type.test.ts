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
