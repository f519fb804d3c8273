import type { Hasher } from "../platform.js";
import { shiftCrc32, toBase64 } from "../upload/checksum.js";

/** Bytes per step. Sixteen tables no longer fit the cache, and took twice the time in Chromium. */
const width = 8;

/** `tables[k][b]`: what byte b does to the CRC when k zero bytes follow it. Made at first use. */
let tables: Int32Array | undefined;

function makeTables(): Int32Array {
	const made = new Int32Array(width * 256);
	for (let i = 0; i < made.length; i++) {
		let crc = made[i - 256] ?? i;
		for (let bit = 0; bit < 8; bit++) crc = shiftCrc32(crc);
		made[i] = crc;
	}
	return made;
}

/** CRC-32 as in zlib, eight bytes at a step. */
export function createCrc32(): Hasher {
	tables ??= makeTables();
	const t = tables;
	let crc = -1;
	return {
		update(chunk) {
			const { length } = chunk;
			const view = new DataView(chunk.buffer, chunk.byteOffset, length);
			let c = crc;
			let at = 0;
			for (; at + width <= length; at += width) {
				const a = view.getInt32(at, true) ^ c;
				const b = view.getInt32(at + 4, true);
				c =
					(t[1792 + (a & 255)] as number) ^
					(t[1536 + ((a >>> 8) & 255)] as number) ^
					(t[1280 + ((a >>> 16) & 255)] as number) ^
					(t[1024 + (a >>> 24)] as number) ^
					(t[768 + (b & 255)] as number) ^
					(t[512 + ((b >>> 8) & 255)] as number) ^
					(t[256 + ((b >>> 16) & 255)] as number) ^
					(t[b >>> 24] as number);
			}
			for (; at < length; at++) {
				c = (c >>> 8) ^ (t[(c ^ (chunk[at] as number)) & 255] as number);
			}
			crc = c;
		},
		digest: () => toBase64(~crc),
	};
}
