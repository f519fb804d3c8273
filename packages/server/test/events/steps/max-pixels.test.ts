import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { runSteps, type StepsResult } from "../../../src/events/run-steps.js";
import { type MaxPixelsOptions, maxPixels } from "../../../src/events/steps/max-pixels.js";
import {
	avif,
	avifNested,
	avifSequence,
	bmp,
	gif,
	ico,
	jpeg,
	png,
	tiff,
	tiffOf,
	webp,
} from "../../support/images.js";
import { serveObject } from "../../support/range-server.js";

async function look(
	bytes: Uint8Array,
	options?: MaxPixelsOptions,
	contentType = "image/png",
): Promise<StepsResult> {
	return runSteps([maxPixels(options)], await serveObject(bytes, { contentType }));
}

const images = [
	["PNG", png],
	["JPEG", jpeg],
	[
		"JPEG behind 300 kB of metadata",
		(width: number, height: number) => jpeg(width, height, 300_000),
	],
	["GIF", gif],
	["WebP", webp],
	["AVIF", avif],
	["AVIF with a sequence", avifSequence],
	["BMP", bmp],
	["icon", ico],
	["BMP from top to bottom", (width: number, height: number) => bmp(width, -height)],
	[
		"TIFF",
		(width: number, height: number) =>
			tiff([
				[1, 1],
				[width, height],
			]),
	],
	["TIFF, big-endian", (width: number, height: number) => tiff([[width, height]], "MM")],
] as const;

test.each(images)("The size of a %s is read from its header", async (_name, make) => {
	const good = await look(make(4_000, 3_000));
	expect(good).toMatchObject({
		verdict: "clean",
		facts: { imageWidth: 4_000, imageHeight: 3_000 },
	});
	const large = await look(make(10_000, 6_000));
	expect(large).toMatchObject({ verdict: "infected", reason: "too-many-pixels" });
	expect(large.detail).toContain("10000 x 6000");
	expect((await look(make(10_000, 6_000), { pixels: 60_000_001 })).verdict).toBe("clean");
	expect((await look(make(10_000, 6_000), { pixels: 60_000_001, side: 9_999 })).verdict).toBe(
		"infected",
	);
});

test("The first picture of a GIF counts, where it is larger than its screen", async () => {
	const picture = gif(10, 10);
	const at = picture.indexOf(0x2c);
	picture.writeUInt16LE(65_000, at + 5);
	picture.writeUInt16LE(60_000, at + 7);
	// a comment of two blocks, and a control block
	const between = Buffer.from("21fe03616263026465002 1f90400000000 00".replaceAll(" ", ""), "hex");
	const commented = Buffer.concat([picture.subarray(0, at), between, picture.subarray(at)]);
	for (const bytes of [picture, commented]) {
		const result = await look(bytes, undefined, "image/gif");
		expect(result).toMatchObject({
			reason: "too-many-pixels",
			facts: { imageWidth: 65_000, imageHeight: 60_000 },
		});
	}
});

test("Every picture of an icon counts, and a file that only begins like one is none", async () => {
	const many = Buffer.concat([ico(9, 9), Buffer.alloc(9_000)]);
	many.writeUInt16LE(257, 4);
	expect(await look(many, undefined, "")).toMatchObject({ reason: "unknown-image" });
	const other = Buffer.concat([ico(9, 9).subarray(0, 6), Buffer.alloc(9_000, 255)]);
	expect((await look(other, undefined, "")).verdict).toBe("clean");
});

test("Frames that the header names count", async () => {
	expect((await look(png(1_000, 1_000, { frames: 50 }))).verdict).toBe("clean");
	expect((await look(png(1_000, 1_000, { frames: 51 }))).verdict).toBe("infected");
	const pages = Array.from({ length: 51 }, () => [1_000, 1_000] as const);
	expect((await look(tiff(pages), undefined, "image/tiff")).verdict).toBe("infected");
});

test("Of two sizes in one TIFF the larger one counts, because programs differ in which they read", async () => {
	const small = [256, 4, 10] as const;
	const large = [256, 4, 60_000] as const;
	for (const widths of [
		[small, large],
		[large, small],
	]) {
		const result = await look(tiffOf([...widths, [257, 4, 10]]), undefined, "image/tiff");
		expect(result.reason).toBe("too-many-pixels");
	}
});

test.each([
	["half a JPEG", jpeg(10, 10, 100_000).subarray(0, 50_000)],
	[
		"a JPEG without a frame",
		Buffer.concat([jpeg(1, 1).subarray(0, 20), Buffer.from("ffd9", "hex")]),
	],
	[
		"a JPEG of nothing but fill bytes",
		Buffer.concat([Buffer.from("ffd8", "hex"), Buffer.alloc(70_000, 0xff)]),
	],
	["a PNG without pixels", png(0, 10)],
	[
		"a PNG whose number of frames is behind thousands of texts",
		png(1_000, 1_000, { texts: 2_000, frames: 51 }),
	],
	[
		"a PNG with html behind its first bytes",
		Buffer.concat([png(1, 1).subarray(0, 8), Buffer.from("<html>")]),
	],
	[
		"a GIF that ends in its comment",
		Buffer.concat([gif(9, 9).subarray(0, 13), Buffer.from("21fe05", "hex")]),
	],
	["a GIF that is a script", Buffer.from("GIF89a/*................*/=1;alert(1)")],
	[
		"a TIFF whose pages are a circle",
		Buffer.concat([tiff([[1, 1]]).subarray(0, -4), Buffer.from([8, 0, 0, 0])]),
	],
	[
		"a TIFF whose width is elsewhere",
		tiffOf([
			[257, 4, 10],
			[256, 16, 300],
		]),
	],
	[
		"an AVIF with a hundred boxes in front of its sequence",
		Buffer.concat([
			avif(1, 1),
			...Array.from({ length: 100 }, () => Buffer.from("\0\0\0\x08free", "latin1")),
			avifSequence(10_000, 10_000),
		]),
	],
	["an AVIF without a picture", avif(1, 1).subarray(0, 120)],
	["an AVIF of a hundred thousand levels", avifNested(100_000)],
	["another file that is declared an image", randomBytes(1_000)],
	["an empty file that is declared an image", Buffer.alloc(0)],
])("Unscannable: %s", async (_name, bytes) => {
	expect(await look(bytes)).toMatchObject({ verdict: "unscannable", reason: "unknown-image" });
});

test("SVG and files of other types are clean", async () => {
	expect((await look(Buffer.from("<svg/>"), undefined, "image/svg+xml")).verdict).toBe("clean");
	expect((await look(randomBytes(1_000), undefined, "video/mp4")).verdict).toBe("clean");
});

test("Only blocks with headers are read", async () => {
	const bytes = Buffer.concat([png(10, 10), Buffer.alloc(5_000_000)]);
	const result = await look(bytes);
	expect(result.bytesRead).toBe(65_536);
});

test("Options that make no sense are refused", () => {
	expect(() => maxPixels({ pixels: 0 })).toThrow(TypeError);
	expect(() => maxPixels({ width: 10 } as never)).toThrow(/width/);
});
