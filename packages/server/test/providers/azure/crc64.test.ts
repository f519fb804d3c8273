import fc from "fast-check";
import { expect, test } from "vitest";
import { combineBlocks } from "../../../src/providers/azure/crc64.js";
import { crc64, crc64nvme, encodeCrc } from "./crc64nvme.js";

const blockOf = (bytes: Uint8Array) => ({
	crc64: encodeCrc(crc64(bytes), "lowest"),
	size: bytes.length,
});

test("The check value of CRC-64/NVME comes out, the highest byte first", () => {
	const block = blockOf(Buffer.from("123456789"));
	expect(combineBlocks([block])).toBe(Buffer.from("ae8b14860a799888", "hex").toString("base64"));
});

test("The digests of blocks combine to that of the whole, of any lengths", () => {
	const blocks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 70 }), { maxLength: 6 });
	fc.assert(
		fc.property(blocks, (parts) => {
			expect(combineBlocks(parts.map(blockOf))).toBe(crc64nvme(Buffer.concat(parts)));
		}),
	);
});
