import type { Hasher } from "../platform.js";

/** Reversed polynomials: that of zlib, PNG and S3's CRC32, and Castagnoli's. */
export const crc32Polynomials = { crc32: 0xedb88320, crc32c: 0x82f63b78 } as const;

/** Bytes per step. Sixteen instead of eight don't fit the cache and took twice as long in Chromium. */
const width = 8;

/** By polynomial, made at first use: `tables[k * 256 + b]` is the effect of byte b followed by k zero bytes. */
const tables = new Map<number, Int32Array>();

/** Divides by x modulo a reversed polynomial. */
const shiftCrc32 = (crc: number, polynomial: number): number =>
	crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;

function tablesOf(polynomial: number): Int32Array {
	const known = tables.get(polynomial);
	if (known) return known;
	const made = new Int32Array(width * 256);
	for (let i = 0; i < made.length; i++) {
		let crc = made[i - 256] ?? i;
		for (let bit = 0; bit < 8; bit++) crc = shiftCrc32(crc, polynomial);
		made[i] = crc;
	}
	tables.set(polynomial, made);
	return made;
}

/** A 32-bit CRC, eight bytes per step. */
export function createCrc32(polynomial: number = crc32Polynomials.crc32): Hasher {
	const t = tablesOf(polynomial);
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
		digest: () => encodeWords(~crc),
	};
}

/** Base64 of 32-bit words, each big-endian. */
export function encodeWords(...words: readonly number[]): string {
	const bytes = words.flatMap((word) => [word >>> 24, word >>> 16, word >>> 8, word]);
	return btoa(String.fromCharCode(...bytes.map((byte) => byte & 255)));
}
