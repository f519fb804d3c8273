import { ImageHeaderError, type ReadBytes, type Size } from "./image-file.js";

/** Segments in front of the picture: profiles and depth maps are many, of up to 64 KiB. */
const maxSegments = 512;

/** Walks over the segments up to the frame header: https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B */
export async function jpegSize(read: ReadBytes): Promise<Size> {
	let at = 2;
	for (let segments = 0; segments < maxSegments; segments++) {
		const head = await read(at, at + 9);
		const marker = head[1];
		if (head.length < 4 || head[0] !== 0xff || marker === undefined) break;
		// fill bytes
		if (marker === 0xff) {
			at += 1;
			continue;
		}
		const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
		if (isFrame && head.length === 9) {
			return { width: head.readUInt16BE(7), height: head.readUInt16BE(5) };
		}
		// the picture, or its end, without a frame header before it
		const isSegment =
			marker >= 0xc0 && marker !== 0xda && marker !== 0xd9 && !(marker >= 0xd0 && marker <= 0xd8);
		const length = head.readUInt16BE(2);
		if (!isSegment || length < 2) break;
		at += 2 + length;
	}
	throw new ImageHeaderError("The JPEG has no frame header.");
}
