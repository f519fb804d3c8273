import { crc32 as nativeCrc32 } from "node:zlib";

/** An incremental CRC. */
export interface RunningCrc {
	update(chunk: Buffer): void;
	/** Big-endian. */
	digest(): Buffer;
}

export type CrcName = "crc32" | "crc32c" | "crc64nvme";

/** Bit-reversed polynomials and widths in bits. Initial value and final XOR are all ones. */
export const polynomials: Readonly<
	Record<CrcName, { readonly width: 32 | 64; readonly polynomial: bigint }>
> = {
	crc32: { width: 32, polynomial: 0xedb88320n },
	crc32c: { width: 32, polynomial: 0x82f63b78n },
	crc64nvme: { width: 64, polynomial: 0x9a6c9329ac4bc9b5n },
};

/** Slicing-by-8: eight tables of 256 remainders, as low and high words. */
interface Tables {
	readonly low: Int32Array;
	readonly high: Int32Array;
}

function makeTables({ width, polynomial }: { width: number; polynomial: bigint }): Tables {
	const low = new Int32Array(8 * 256);
	const high = new Int32Array(8 * 256);
	for (let index = 0; index < 256; index++) {
		let remainder = BigInt(index);
		for (let table = 0; table < 8; table++) {
			for (let bit = 0; bit < 8; bit++) {
				remainder = remainder & 1n ? (remainder >> 1n) ^ polynomial : remainder >> 1n;
			}
			low[table * 256 + index] = Number(BigInt.asIntN(32, remainder));
			high[table * 256 + index] = width === 64 ? Number(BigInt.asIntN(32, remainder >> 32n)) : 0;
		}
	}
	return { low, high };
}

const made = new Map<CrcName, Tables>();

function tablesOf(name: CrcName): Tables {
	const tables = made.get(name) ?? makeTables(polynomials[name]);
	made.set(name, tables);
	return tables;
}

const at = (table: Int32Array, index: number): number => table[index] ?? 0;

/** The remainder of eight bytes, low word and high word. */
const eight = (a: number, b: number, t: Int32Array): number =>
	at(t, 1792 + (a & 255)) ^
	at(t, 1536 + ((a >>> 8) & 255)) ^
	at(t, 1280 + ((a >>> 16) & 255)) ^
	at(t, 1024 + (a >>> 24)) ^
	at(t, 768 + (b & 255)) ^
	at(t, 512 + ((b >>> 8) & 255)) ^
	at(t, 256 + ((b >>> 16) & 255)) ^
	at(t, b >>> 24);

/** A chunk as 32-bit words; a view is several times faster than reading each word. */
function wordsOf(chunk: Buffer): Int32Array {
	// assumes little-endian: every platform of Node but s390x
	const bytes = chunk.byteOffset % 4 === 0 ? chunk : new Uint8Array(chunk);
	return new Int32Array(bytes.buffer, bytes.byteOffset, (chunk.length >>> 3) * 2);
}

function tableCrc(name: CrcName): RunningCrc {
	const { low, high } = tablesOf(name);
	const wide = polynomials[name].width === 64;
	let lo = -1;
	// unused by 32-bit CRCs
	let hi = wide ? -1 : 0;

	const narrowWords = (words: Int32Array): void => {
		let crc = lo;
		for (let index = 0; index < words.length; index += 2) {
			crc = eight(crc ^ at(words, index), at(words, index + 1), low);
		}
		lo = crc;
	};
	const wideWords = (words: Int32Array): void => {
		let [a, b] = [lo, hi];
		for (let index = 0; index < words.length; index += 2) {
			const x = a ^ at(words, index);
			const y = b ^ at(words, index + 1);
			a = eight(x, y, low);
			b = eight(x, y, high);
		}
		lo = a;
		hi = b;
	};

	return {
		update(chunk) {
			const words = wordsOf(chunk);
			if (wide) wideWords(words);
			else narrowWords(words);
			for (const byte of chunk.subarray(words.length * 4)) {
				const index = (lo ^ byte) & 255;
				lo = ((lo >>> 8) | (hi << 24)) ^ at(low, index);
				hi = (hi >>> 8) ^ at(high, index);
			}
		},
		digest() {
			const bytes = Buffer.alloc(8);
			bytes.writeInt32BE(~hi, 0);
			bytes.writeInt32BE(~lo, 4);
			return wide ? bytes : bytes.subarray(4);
		},
	};
}

function zlibCrc(): RunningCrc {
	let value = 0;
	return {
		update(chunk) {
			// Node 22.12 forgets the value at an empty chunk
			if (chunk.length > 0) value = nativeCrc32(chunk, value);
		},
		digest() {
			const bytes = Buffer.alloc(4);
			bytes.writeUInt32BE(value);
			return bytes;
		},
	};
}

export function runningCrc(name: CrcName): RunningCrc {
	return name === "crc32" ? zlibCrc() : tableCrc(name);
}
