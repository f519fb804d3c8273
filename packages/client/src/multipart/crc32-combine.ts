import type { Checksum } from "#protocol";
import { shiftCrc32, toBase64 } from "../upload/checksum.js";

/** The CRC-32 of the whole object from those of its parts, in order; undefined unless all are known. */
export function combineParts(
	parts: readonly { readonly digest?: string | undefined; readonly size: number }[],
): Checksum | undefined {
	const pieces = parts.flatMap(({ digest, size }) =>
		digest ? [{ crc: fromBase64(digest), size }] : [],
	);
	return pieces.length === parts.length
		? { algorithm: "crc32", value: toBase64(combineCrc32(pieces)) }
		: undefined;
}

function fromBase64(value: string): number {
	let crc = 0;
	for (const byte of atob(value)) crc = (crc << 8) | byte.charCodeAt(0);
	return crc >>> 0;
}

/** Multiplies two polynomials over GF(2), modulo the CRC's, in its reflected bit order. */
function multiply(a: number, b: number): number {
	let product = 0;
	let shifted = b;
	for (let bit = 31; bit >= 0; bit--) {
		if ((a >>> bit) & 1) product ^= shifted;
		shifted = shiftCrc32(shifted);
	}
	return product >>> 0;
}

/** x^(8 * bytes) modulo the polynomial: what appending that many bytes does to a CRC. */
function shiftBy(bytes: number): number {
	let power = 0x00800000; // x^8: one byte
	let result = 0x80000000; // x^0: one
	// the length may exceed 32 bits, so no bit operators on it
	for (let rest = bytes; rest > 0; rest = Math.floor(rest / 2)) {
		if (rest % 2 === 1) result = multiply(power, result);
		power = multiply(power, power);
	}
	return result;
}

/**
 * The CRC-32 of a whole from those of its consecutive pieces, without their bytes.
 *
 * @param pieces in order: CRC as an unsigned number, length in bytes
 */
export function combineCrc32(
	pieces: Iterable<{ readonly crc: number; readonly size: number }>,
): number {
	let whole = 0;
	let size = -1;
	let shift = 0;
	for (const piece of pieces) {
		// all pieces but the last are usually equal, and the shift is the costly half
		if (piece.size !== size) {
			size = piece.size;
			shift = shiftBy(size);
		}
		whole = (multiply(shift, whole) ^ piece.crc) >>> 0;
	}
	return whole;
}
