/** CRC-64/NVME bit by bit, independent of the code under test. */
export function crc64(bytes: Uint8Array): bigint {
	let crc = 0xffffffffffffffffn;
	for (const byte of bytes) {
		crc ^= BigInt(byte);
		for (let bit = 0; bit < 8; bit++)
			crc = crc & 1n ? (crc >> 1n) ^ 0x9a6c9329ac4bc9b5n : crc >> 1n;
	}
	return crc ^ 0xffffffffffffffffn;
}

/** A CRC in base64: `lowest` byte first as Azure has it, or `highest` first as the protocol has it. */
export function encodeCrc(crc: bigint, first: "lowest" | "highest"): string {
	const bytes = Buffer.alloc(8);
	bytes.writeBigUInt64BE(crc);
	return (first === "lowest" ? bytes.reverse() : bytes).toString("base64");
}

/** As a checksum of the protocol. */
export const crc64nvme = (bytes: Uint8Array): string => encodeCrc(crc64(bytes), "highest");
