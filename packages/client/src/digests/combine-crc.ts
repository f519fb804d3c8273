import type { Checksum, ChecksumAlgorithm } from "#protocol";
import { crc32Polynomials, encodeWords } from "./crc32.js";
import { crc64Polynomial } from "./crc64nvme.js";

/** Algorithms whose digest of a whole can be computed from the digests of its parts. */
export type CombinableAlgorithm = Extract<ChecksumAlgorithm, "crc32" | "crc32c" | "crc64nvme">;

/** A polynomial over GF(2) in reversed bit order: x^0 is the highest bit of `high`. */
interface Words {
	readonly high: number;
	readonly low: number;
}

/** The polynomial of a CRC. A 32-bit one is in the high word. */
interface Field {
	readonly polynomial: Words;
	/** Whether the low word is used. */
	readonly wide: boolean;
}

const fields: Readonly<Record<CombinableAlgorithm, Field>> = {
	crc32: { polynomial: { high: crc32Polynomials.crc32, low: 0 }, wide: false },
	crc32c: { polynomial: { high: crc32Polynomials.crc32c, low: 0 }, wide: false },
	crc64nvme: { polynomial: crc64Polynomial, wide: true },
};

/** Whether the digests of parts can be combined. */
export const isCombinable = (algorithm: ChecksumAlgorithm): algorithm is CombinableAlgorithm =>
	Object.hasOwn(fields, algorithm);

function multiply(a: Words, b: Words, { polynomial, wide }: Field): Words {
	let high = 0;
	let low = 0;
	let shiftedHigh = b.high;
	let shiftedLow = b.low;
	const bits = wide ? 64 : 32;
	for (let bit = 0; bit < bits; bit++) {
		const word = bit < 32 ? a.high : a.low;
		if ((word >>> (31 - (bit & 31))) & 1) {
			high ^= shiftedHigh;
			low ^= shiftedLow;
		}
		const carry = (wide ? shiftedLow : shiftedHigh) & 1;
		if (wide) shiftedLow = (shiftedLow >>> 1) | (shiftedHigh << 31);
		shiftedHigh >>>= 1;
		if (carry) {
			shiftedHigh ^= polynomial.high;
			shiftedLow ^= polynomial.low;
		}
	}
	return { high, low };
}

/** x^(8 * bytes): the factor that appends that many zero bytes to a CRC. */
function shiftBy(bytes: number, field: Field): Words {
	let power: Words = { high: 0x00800000, low: 0 };
	let result: Words = { high: 0x80000000, low: 0 };
	// the length may exceed 32 bits, so bit operators can't be used
	for (let rest = bytes; rest > 0; rest = Math.floor(rest / 2)) {
		if (rest % 2 === 1) result = multiply(power, result, field);
		power = multiply(power, power, field);
	}
	return result;
}

/**
 * Combines the CRCs of consecutive parts into the CRC of the whole, without their bytes.
 *
 * @param parts in order: base64 of the big-endian CRC, and the length in bytes
 * @returns base64 of the big-endian CRC
 */
export function combineCrc(
	algorithm: CombinableAlgorithm,
	parts: Iterable<{ readonly digest: string; readonly size: number }>,
): string {
	const field = fields[algorithm];
	let whole: Words = { high: 0, low: 0 };
	let size = -1;
	let shift = whole;
	for (const part of parts) {
		// parts are usually equal in size, so the expensive shift is computed once
		if (part.size !== size) {
			size = part.size;
			shift = shiftBy(size, field);
		}
		const { high, low } = multiply(shift, whole, field);
		const crc = decodeWords(part.digest);
		whole = { high: high ^ crc.high, low: low ^ crc.low };
	}
	return field.wide ? encodeWords(whole.high, whole.low) : encodeWords(whole.high);
}

/**
 * The digest of the whole object from those of its parts, in order; undefined when it can't be computed from
 * them.
 */
export function combineParts(
	algorithm: ChecksumAlgorithm | undefined,
	parts: readonly { readonly digest?: string | undefined; readonly size: number }[],
): Checksum | undefined {
	if (!algorithm || !isCombinable(algorithm)) return undefined;
	const known = parts.flatMap(({ digest, size }) => (digest ? [{ digest, size }] : []));
	if (known.length < parts.length) return undefined;
	return { algorithm, value: combineCrc(algorithm, known) };
}

function decodeWords(value: string): Words {
	const text = atob(value);
	const word = (at: number): number =>
		(text.charCodeAt(at) << 24) |
		(text.charCodeAt(at + 1) << 16) |
		(text.charCodeAt(at + 2) << 8) |
		text.charCodeAt(at + 3);
	return { high: word(0), low: text.length > 4 ? word(4) : 0 };
}
