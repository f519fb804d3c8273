import { crc32, deflateSync } from "node:zlib";

function chunk(type: string, data: Uint8Array): Buffer {
	const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
	const ends = Buffer.alloc(8);
	ends.writeUInt32BE(data.length, 0);
	ends.writeUInt32BE(crc32(body), 4);
	return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

const be32 = (...values: readonly number[]): Buffer => {
	const bytes = Buffer.alloc(4 * values.length);
	for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i);
	return bytes;
};
const be16 = (...values: readonly number[]): Buffer =>
	Buffer.concat(values.map((value) => Buffer.from([value >> 8, value & 255])));
const le = (bytes: Buffer): Buffer => Buffer.from(bytes).reverse();
const text = (value: string): Buffer => Buffer.from(value, "latin1");

interface PngOptions {
	/** Of an animation. @default a picture without any */
	readonly frames?: number;
	/** Empty texts in front of their number. @default 0 */
	readonly texts?: number;
}

/** A gray PNG. The header may claim another size than the picture has. */
export function png(width: number, height: number, { frames, texts = 0 }: PngOptions = {}): Buffer {
	const side = Math.min(width, 8);
	const picture = deflateSync(Buffer.alloc((side + 1) * Math.min(height, 8)));
	return Buffer.concat([
		Buffer.from("89504e470d0a1a0a", "hex"),
		chunk("IHDR", Buffer.concat([be32(width, height), Buffer.from([8, 0, 0, 0, 0])])),
		...Array.from({ length: texts }, () => chunk("tEXt", text("a\0"))),
		...(frames === undefined ? [] : [chunk("acTL", be32(frames, 0))]),
		chunk("IDAT", picture),
		chunk("IEND", new Uint8Array()),
	]);
}

/** The header of a JPEG behind `metadata` bytes of segments. */
export function jpeg(width: number, height: number, metadata = 0): Buffer {
	const segments: Buffer[] = [];
	for (let left = metadata; left > 0; left -= 65_000) {
		const length = Math.min(left, 65_000);
		segments.push(Buffer.concat([be16(0xffe1, length + 2), Buffer.alloc(length)]));
	}
	const jfif = Buffer.concat([be16(0xffe0, 16), text("JFIF\0"), Buffer.alloc(9)]);
	const frame = Buffer.concat([
		be16(0xffc0, 11),
		Buffer.from([8]),
		be16(height, width),
		Buffer.from([1, 1, 17, 0]),
	]);
	const scan = Buffer.concat([be16(0xffda, 8), Buffer.from([1, 1, 0, 0, 63, 0, 1, 2])]);
	return Buffer.concat([be16(0xffd8), jfif, ...segments, frame, scan, be16(0xffd9)]);
}

export const gif = (width: number, height: number): Buffer =>
	Buffer.concat([
		text("GIF89a"),
		le(be16(width)),
		le(be16(height)),
		Buffer.from([0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b]),
	]);

/** A lossless WebP's header. */
export function webp(width: number, height: number): Buffer {
	const bits = le(be32(((width - 1) | ((height - 1) << 14)) >>> 0));
	const data = Buffer.concat([Buffer.from([0x2f]), bits, Buffer.alloc(20)]);
	return Buffer.concat([
		text("RIFF"),
		le(be32(data.length + 12)),
		text("WEBPVP8L"),
		le(be32(data.length)),
		data,
	]);
}

const box = (type: string, ...content: readonly Uint8Array[]): Buffer => {
	const body = Buffer.concat(content);
	return Buffer.concat([be32(body.length + 8), text(type), body]);
};

export function avif(width: number, height: number): Buffer {
	const sizes = [
		[1, 1],
		[width, height],
	].map((size) => box("ispe", be32(0, ...size)));
	return Buffer.concat([
		box("ftyp", text("avif"), be32(0), text("avifmif1")),
		box("free", Buffer.alloc(100)),
		box("meta", be32(0), box("hdlr", Buffer.alloc(20)), box("iprp", box("ipco", ...sizes))),
		box("mdat", Buffer.alloc(50)),
	]);
}

/** An AVIF whose boxes hold one another, and no picture. */
export function avifNested(levels: number): Buffer {
	const boxes = Buffer.alloc(8 * levels);
	for (let level = 0; level < levels; level++) {
		boxes.writeUInt32BE(8 * (levels - level), 8 * level);
		boxes.write("iprp", 8 * level + 4);
	}
	return Buffer.concat([box("ftyp", text("avif"), be32(0)), box("meta", be32(0), boxes)]);
}

/** An AVIF of one pixel, with a sequence of larger pictures. */
export function avifSequence(width: number, height: number): Buffer {
	const entry = box("av01", Buffer.alloc(24), be16(width, height), Buffer.alloc(50));
	const table = box("stbl", box("stsd", be32(0, 1), entry));
	const track = box("trak", box("mdia", box("hdlr", Buffer.alloc(20)), box("minf", table)));
	return Buffer.concat([avif(1, 1), box("moov", box("mvhd", Buffer.alloc(100)), track)]);
}

export const bmp = (width: number, height: number): Buffer =>
	Buffer.concat([
		text("BM"),
		Buffer.alloc(12),
		le(be32(40)),
		le(be32(width)),
		le(be32(height >>> 0)),
		Buffer.alloc(30),
	]);

/** An icon of one bitmap, which the table says has 256 pixels on each side. */
export const ico = (width: number, height: number): Buffer =>
	Buffer.concat([
		Buffer.from("00000100010000000000010020006400000016000000", "hex"),
		bmp(width, 2 * height).subarray(14),
		Buffer.alloc(60),
	]);

/** A TIFF of one page: tag, type and value of each entry. */
export function tiffOf(entries: readonly (readonly [number, number, number])[]): Buffer {
	const head = Buffer.concat([text("II"), le(be16(42)), le(be32(8)), le(be16(entries.length))]);
	const fields = entries.flatMap(([tag, type, value]) => [
		le(be16(tag)),
		le(be16(type)),
		le(be32(1)),
		le(be32(value)),
	]);
	return Buffer.concat([head, ...fields, le(be32(0))]);
}

/** A TIFF with one page for each size, in either byte order. */
export function tiff(
	sizes: readonly (readonly [number, number])[],
	order: "II" | "MM" = "II",
): Buffer {
	const end = (bytes: Buffer): Buffer => (order === "II" ? le(bytes) : bytes);
	const pages = sizes.map(([width, height], index) =>
		Buffer.concat([
			end(be16(2)),
			...[
				[256, width],
				[257, height],
			].flatMap(([tag = 0, value = 0]) => [
				end(be16(tag)),
				end(be16(4)),
				end(be32(1)),
				end(be32(value)),
			]),
			end(be32(index === sizes.length - 1 ? 0 : 8 + 30 * (index + 1))),
		]),
	);
	return Buffer.concat([text(order), end(be16(42)), end(be32(8)), ...pages]);
}
