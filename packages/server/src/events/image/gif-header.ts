import { ImageHeaderError, type ReadBytes, type Size } from "./image-file.js";

/** Blocks of extensions in front of the first picture, of at most 255 bytes each. */
const maxBlocks = 16_384;

/**
 * The screen of a GIF, or its first picture where that reaches beyond it: programs make room for both.
 * https://www.w3.org/Graphics/GIF/spec-gif89a.txt
 *
 * @param head - The first bytes.
 */
export async function gifSize(head: Buffer, read: ReadBytes): Promise<Size> {
	if (head.length < 13) throw damaged();
	const screen = { width: head.readUInt16LE(6), height: head.readUInt16LE(8) };
	const flags = head[10] ?? 0;
	const colors = (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
	let at = 13 + colors;
	for (let blocks = 0; blocks < maxBlocks; blocks++) {
		const block = await read(at, at + 10);
		if (block[0] === 0x3b) return screen;
		if (block[0] === 0x2c && block.length === 10) {
			return {
				width: Math.max(screen.width, block.readUInt16LE(1) + block.readUInt16LE(5)),
				height: Math.max(screen.height, block.readUInt16LE(3) + block.readUInt16LE(7)),
			};
		}
		if (block[0] !== 0x21) break;
		at += 2;
		for (; blocks < maxBlocks; blocks++) {
			const [length] = await read(at, at + 1);
			if (length === undefined) throw damaged();
			at += 1 + length;
			if (length === 0) break;
		}
	}
	throw damaged();
}

const damaged = (): ImageHeaderError =>
	new ImageHeaderError("The GIF has no picture behind its header.");
