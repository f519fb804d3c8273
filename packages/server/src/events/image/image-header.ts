import { avifSize } from "./avif-header.js";
import { gifSize } from "./gif-header.js";
import { ImageHeaderError, type ReadBytes, type Size } from "./image-file.js";
import { jpegSize } from "./jpeg-header.js";
import { tiffSize } from "./tiff-header.js";

/** What the header of an image says. */
export interface ImageSize extends Size {
	readonly format: "png" | "jpeg" | "gif" | "webp" | "avif" | "bmp" | "tiff" | "ico";
	/** Pixels of all frames or pages that the header names. */
	readonly pixels: number;
}

const ascii = (bytes: Buffer, start: number, end: number): string =>
	bytes.toString("latin1", start, end);

/**
 * Reads the size of an image from its header, without the picture.
 *
 * @returns Undefined for a file of another kind.
 * @throws ImageHeaderError where the header is damaged.
 */
export async function imageSize(read: ReadBytes): Promise<ImageSize | undefined> {
	const head = await read(0, 64);
	const found = await sizeOf(head, read);
	if (!found) return undefined;
	const { format, width, height, pixels = width * height } = found;
	if (!(width > 0 && height > 0)) throw new ImageHeaderError(`The ${format} has no pixels.`);
	return { format, width, height, pixels };
}

/** An image whose header names one picture has no `pixels` of its own. */
type Found = Pick<ImageSize, "format" | "width" | "height"> & Partial<ImageSize>;

async function sizeOf(head: Buffer, read: ReadBytes): Promise<Found | undefined> {
	if (ascii(head, 0, 8) === "\x89PNG\r\n\x1a\n") return pngSize(head, read);
	if (/^GIF8[79]a$/.test(ascii(head, 0, 6)))
		return { format: "gif", ...(await gifSize(head, read)) };
	if (head.length >= 3 && head.readUIntBE(0, 3) === 0xffd8ff) {
		return { format: "jpeg", ...(await jpegSize(read)) };
	}
	if (ascii(head, 0, 4) === "RIFF" && ascii(head, 8, 12) === "WEBP") return webpSize(head);
	if (
		ascii(head, 4, 8) === "ftyp" &&
		/avif|avis|heic|heix|hevc|hevx|heim|heis|mif1|msf1/.test(ascii(head, 8, 64))
	) {
		return { format: "avif", ...(await avifSize(read)) };
	}
	if (/^(?:II[*+]\0|MM\0[*+])$/.test(ascii(head, 0, 4))) {
		return { format: "tiff", ...(await tiffSize(read)) };
	}
	if (head.length >= 22 && head.readUInt32BE(0) === 0x0000_0100) return icoSize(head, read);
	return ascii(head, 0, 2) === "BM" ? bmpSize(head) : undefined;
}

/** Chunks of a PNG that are read in search of its first picture. */
const maxChunks = 1_000;

/** https://www.w3.org/TR/png-3/ */
async function pngSize(head: Buffer, read: ReadBytes): Promise<Found> {
	const isHeader =
		head.length >= 33 && head.readUInt32BE(8) === 13 && ascii(head, 12, 16) === "IHDR";
	if (!isHeader) throw new ImageHeaderError("The PNG does not begin with its header.");
	let frames = 1;
	// the number of frames stands in front of the first picture
	for (let at = 33, chunks = 0; ; chunks++) {
		if (chunks === maxChunks)
			throw new ImageHeaderError(`The PNG has no picture within its first ${maxChunks} chunks.`);
		const chunk = await read(at, at + 12);
		const type = ascii(chunk, 4, 8);
		if (chunk.length < 12 || type === "IDAT") break;
		if (type === "acTL") frames = Math.max(1, chunk.readUInt32BE(8));
		at += 12 + chunk.readUInt32BE(0);
	}
	const [width, height] = [head.readUInt32BE(16), head.readUInt32BE(20)];
	return { format: "png", width, height, pixels: width * height * frames };
}

/** https://developers.google.com/speed/webp/docs/riff_container */
function webpSize(head: Buffer): Found {
	const kind = ascii(head, 12, 16);
	const of = (width: number, height: number): Found => ({
		format: "webp",
		width,
		height,
	});
	if (head.length >= 30 && kind === "VP8X") {
		return of(head.readUIntLE(24, 3) + 1, head.readUIntLE(27, 3) + 1);
	}
	if (head.length >= 25 && kind === "VP8L" && head[20] === 0x2f) {
		const bits = head.readUInt32LE(21);
		return of((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
	}
	if (head.length >= 30 && kind === "VP8 " && head.readUIntBE(23, 3) === 0x9d012a) {
		return of(head.readUInt16LE(26) & 0x3fff, head.readUInt16LE(28) & 0x3fff);
	}
	throw new ImageHeaderError("The WebP has an unknown header.");
}

function bmpSize(head: Buffer): Found | undefined {
	if (head.length < 26) return undefined;
	const header = head.readUInt32LE(14);
	if (header === 12) {
		return {
			format: "bmp",
			width: head.readUInt16LE(18),
			height: head.readUInt16LE(20),
		};
	}
	// two letters are too little to call it damaged
	if (![40, 52, 56, 64, 108, 124].includes(header)) return undefined;
	const [width, height] = [Math.abs(head.readInt32LE(18)), Math.abs(head.readInt32LE(22))];
	return { format: "bmp", width, height };
}

/** Pictures of an icon that are read. */
const maxPictures = 256;

/** The largest picture of an icon; undefined where none can be read: other files begin with the same four bytes. */
async function icoSize(head: Buffer, read: ReadBytes): Promise<Found | undefined> {
	const count = head.readUInt16LE(4);
	const table = await read(6, 6 + 16 * Math.min(count, maxPictures));
	let largest: Size | undefined;
	for (let at = 0; at + 16 <= table.length; at += 16) {
		const start = table.readUInt32LE(at + 12);
		const size = await iconSize(await read(start, start + 64));
		if (size && size.width * size.height >= (largest?.width ?? 0) * (largest?.height ?? 0))
			largest = size;
	}
	if (largest && count > maxPictures) {
		throw new ImageHeaderError(`The icon has ${count} pictures; ${maxPictures} are looked at.`);
	}
	return largest && { format: "ico", width: largest.width, height: largest.height };
}

/** Of a PNG, or of a bitmap that has its mask below it. */
async function iconSize(picture: Buffer): Promise<Size | undefined> {
	const isPng = ascii(picture, 0, 8) === "\x89PNG\r\n\x1a\n";
	if (isPng) return pngSize(picture, async () => Buffer.alloc(0));
	const found = bmpSize(Buffer.concat([Buffer.alloc(14), picture]));
	return found && { width: found.width, height: Math.ceil(found.height / 2) };
}
