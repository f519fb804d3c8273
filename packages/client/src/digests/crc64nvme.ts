import type { Hasher } from "../platform.js";
import { encodeWords } from "./crc32.js";

/** The reversed polynomial of CRC-64/NVME, in two words. */
export const crc64Polynomial: { readonly high: number; readonly low: number } = {
	high: 0x9a6c9329,
	low: 0xac4bc9b5,
};

/** Bytes per step. */
const width = 8;

interface Tables {
	readonly high: Int32Array;
	readonly low: Int32Array;
}

/** At `k * 256 + b`: the effect of byte b followed by k zero bytes. Made at first use. */
let tables: Tables | undefined;

function makeTables(): Tables {
	const high = new Int32Array(width * 256);
	const low = new Int32Array(width * 256);
	for (let byte = 0; byte < 256; byte++) {
		let h = 0;
		let l = byte;
		for (let bit = 0; bit < 8; bit++) {
			const carry = l & 1;
			l = (l >>> 1) | (h << 31);
			h >>>= 1;
			if (carry) {
				h ^= crc64Polynomial.high;
				l ^= crc64Polynomial.low;
			}
		}
		high[byte] = h;
		low[byte] = l;
	}
	for (let i = 256; i < width * 256; i++) {
		const h = high[i - 256] as number;
		const l = low[i - 256] as number;
		high[i] = (h >>> 8) ^ (high[l & 255] as number);
		low[i] = (l >>> 8) ^ (h << 24) ^ (low[l & 255] as number);
	}
	return { high, low };
}

/** CRC-64/NVME, the checksum that S3 computes by default; eight bytes per step. */
export function createCrc64Nvme(): Hasher {
	tables ??= makeTables();
	const { high, low } = tables;
	let h = -1;
	let l = -1;
	return {
		update(chunk) {
			const { length } = chunk;
			const view = new DataView(chunk.buffer, chunk.byteOffset, length);
			let at = 0;
			for (; at + width <= length; at += width) {
				const a = view.getInt32(at, true) ^ l;
				const b = view.getInt32(at + 4, true) ^ h;
				const i0 = 1792 + (a & 255);
				const i1 = 1536 + ((a >>> 8) & 255);
				const i2 = 1280 + ((a >>> 16) & 255);
				const i3 = 1024 + (a >>> 24);
				const i4 = 768 + (b & 255);
				const i5 = 512 + ((b >>> 8) & 255);
				const i6 = 256 + ((b >>> 16) & 255);
				const i7 = b >>> 24;
				h =
					(high[i0] as number) ^
					(high[i1] as number) ^
					(high[i2] as number) ^
					(high[i3] as number) ^
					(high[i4] as number) ^
					(high[i5] as number) ^
					(high[i6] as number) ^
					(high[i7] as number);
				l =
					(low[i0] as number) ^
					(low[i1] as number) ^
					(low[i2] as number) ^
					(low[i3] as number) ^
					(low[i4] as number) ^
					(low[i5] as number) ^
					(low[i6] as number) ^
					(low[i7] as number);
			}
			for (; at < length; at++) {
				const index = (l ^ (chunk[at] as number)) & 255;
				l = ((l >>> 8) | (h << 24)) ^ (low[index] as number);
				h = (h >>> 8) ^ (high[index] as number);
			}
		},
		digest: () => encodeWords(~h, ~l),
	};
}
