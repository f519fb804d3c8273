import { type CrcName, polynomials } from "./crc.js";

/** The CRC (big-endian) and the length in bytes of one piece. */
export interface CrcPiece {
	readonly crc: Buffer;
	readonly size: number;
}

/** The product of two polynomials over GF(2), modulo the CRC's own; bit-reversed, so x^0 is the top bit. */
function multiply(a: bigint, b: bigint, width: number, polynomial: bigint): bigint {
	let product = 0n;
	let factor = b;
	for (let bit = 1n << BigInt(width - 1); bit > 0n; bit >>= 1n) {
		if (a & bit) product ^= factor;
		factor = factor & 1n ? (factor >> 1n) ^ polynomial : factor >> 1n;
	}
	return product;
}

/** x to the power of the bits in `bytes`: multiplying by it appends that many zero bytes. */
function shiftBy(bytes: number, width: number, polynomial: bigint): bigint {
	let power = 1n << BigInt(width - 1);
	let square = 1n << BigInt(width - 9);
	for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
		if (left % 2 === 1) power = multiply(power, square, width, polynomial);
		square = multiply(square, square, width, polynomial);
	}
	return power;
}

/** The CRC of the concatenated pieces, computed from their CRCs. */
export function combineCrcs(name: CrcName, pieces: readonly CrcPiece[]): Buffer {
	const { width, polynomial } = polynomials[name];
	// nearly all parts have the same size
	const shifts = new Map<number, bigint>();
	let whole = 0n;
	for (const { crc, size } of pieces) {
		const shift = shifts.get(size) ?? shiftBy(size, width, polynomial);
		shifts.set(size, shift);
		whole = multiply(shift, whole, width, polynomial) ^ BigInt(`0x${crc.toString("hex")}`);
	}
	return Buffer.from(whole.toString(16).padStart(width / 4, "0"), "hex");
}
