import { ImageHeaderError, type ReadBytes, type Size } from "./image-file.js";

/** Pages that are looked at. */
const maxPages = 1_000;

/** Bytes of one value, by the type of the field. */
const widths: Readonly<Record<number, number>> = { 3: 2, 4: 4, 16: 8 };

/** The largest page, and the pixels of all pages: https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf */
export async function tiffSize(read: ReadBytes): Promise<Size & { readonly pixels: number }> {
	const head = await read(0, 16);
	const isLittle = head[0] === 0x49;
	const number = (bytes: Buffer, at: number, length: number): number => {
		const part = Buffer.from(bytes.subarray(at, at + length));
		if (part.length < length) throw damaged();
		if (isLittle) part.reverse();
		return part.reduce((value, byte) => value * 256 + byte, 0);
	};
	// 43: offsets of 64 bits
	const isBig = number(head, 2, 2) === 43;
	const [offsetWidth, countWidth] = isBig ? [8, 8] : [4, 2];
	const entryWidth = isBig ? 20 : 12;
	let next = number(head, isBig ? 8 : 4, offsetWidth);
	let largest: Size = { width: 0, height: 0 };
	let [pages, pixels] = [0, 0];
	for (; next !== 0 && pages < maxPages; pages++) {
		const entries = number(await read(next, next + countWidth), 0, countWidth);
		if (entries > 4_096) throw damaged();
		const length = entries * entryWidth;
		const start = next + countWidth;
		const table = await read(start, start + length + offsetWidth);
		const page = { width: 0, height: 0 };
		for (let at = 0; at < length; at += entryWidth) {
			const tag = number(table, at, 2);
			if (tag !== 256 && tag !== 257) continue;
			const width = widths[number(table, at + 2, 2)] ?? Number.POSITIVE_INFINITY;
			// what does not fit into the entry is elsewhere
			if (width > offsetWidth || number(table, at + 4, offsetWidth) !== 1) throw damaged();
			const side = tag === 256 ? "width" : "height";
			// of two, some programs read the first, and others the last
			page[side] = Math.max(page[side], number(table, at + (isBig ? 12 : 8), width));
		}
		pixels += page.width * page.height;
		if (page.width * page.height > largest.width * largest.height) largest = page;
		next = number(table, length, offsetWidth);
	}
	if (next !== 0 || pages === 0) throw damaged();
	return { ...largest, pixels };
}

const damaged = (): ImageHeaderError => new ImageHeaderError("The TIFF's directories are damaged.");
