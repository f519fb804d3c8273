/** The reversed polynomial of CRC-64/NVME, which Azure computes of every block. */
const polynomial = 0x9a6c9329ac4bc9b5n;
const one = 1n << 63n;

/** Multiplies two polynomials over GF(2) in reversed bit order: x^0 is the highest bit. */
function multiply(a: bigint, b: bigint): bigint {
	let product = 0n;
	let shifted = b;
	for (let bit = one; bit > 0n; bit >>= 1n) {
		if (a & bit) product ^= shifted;
		shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n;
	}
	return product;
}

/** x^(8 * bytes): the factor that appends that many zero bytes to a CRC. */
function shiftBy(bytes: number): bigint {
	let power = one >> 8n;
	let result = one;
	// the length may exceed 32 bits, so bit operators can't be used
	for (let rest = bytes; rest > 0; rest = Math.floor(rest / 2)) {
		if (rest % 2 === 1) result = multiply(power, result);
		power = multiply(power, power);
	}
	return result;
}

/** A block as the service digested it. */
export interface BlockDigest {
	/** Base64 of the CRC's bytes, the lowest first, as `x-ms-content-crc64` has it. */
	readonly crc64: string;
	readonly size: number;
}

/** The CRC of consecutive blocks, in order: base64 of its bytes, the highest first. */
export function combineBlocks(blocks: readonly BlockDigest[]): string {
	let whole = 0n;
	let size = -1;
	let shift = one;
	for (const block of blocks) {
		// all but the last are equal in size
		if (block.size !== size) shift = shiftBy(block.size);
		size = block.size;
		whole = multiply(shift, whole) ^ Buffer.from(block.crc64, "base64").readBigUInt64LE();
	}
	const bytes = Buffer.alloc(8);
	bytes.writeBigUInt64BE(whole);
	return bytes.toString("base64");
}
