import fc from "fast-check";
import { expect, test } from "vitest";
import { combineBlocks } from "../../../src/providers/azure/crc64.js";

/** CRC-64/NVME, bit by bit. */
function crc64(bytes: Uint8Array): bigint {
	let crc = 0xffffffffffffffffn;
	for (const byte of bytes) {
		crc ^= BigInt(byte);
		for (let bit = 0; bit < 8; bit++)
			crc = crc & 1n ? (crc >> 1n) ^ 0x9a6c9329ac4bc9b5n : crc >> 1n;
	}
	return crc ^ 0xffffffffffffffffn;
}

const base64 = (crc: bigint, lowestFirst: boolean): string => {
	const bytes = Buffer.alloc(8);
	bytes.writeBigUInt64BE(crc);
	return (lowestFirst ? bytes.reverse() : bytes).toString("base64");
};

test("The check value of CRC-64/NVME comes out, the highest byte first", () => {
	const bytes = Buffer.from("123456789");
	expect(crc64(bytes)).toBe(0xae8b14860a799888n);
	const block = { crc64: base64(crc64(bytes), true), size: bytes.length };
	expect(combineBlocks([block])).toBe(Buffer.from("ae8b14860a799888", "hex").toString("base64"));
});

test("The digests of blocks combine to that of the whole, of any lengths", () => {
	const blocks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 70 }), { maxLength: 6 });
	fc.assert(
		fc.property(blocks, (parts) => {
			const digests = parts.map((bytes) => ({
				crc64: base64(crc64(bytes), true),
				size: bytes.length,
			}));
			expect(combineBlocks(digests)).toBe(base64(crc64(Buffer.concat(parts)), false));
		}),
	);
});
