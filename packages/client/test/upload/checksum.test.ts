import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCrc32 } from "../../src/browser/crc32.js";
import { combineCrc32, combineParts } from "../../src/multipart/crc32-combine.js";
import { crcOf } from "../fakes/platform.js";

describe("combineCrc32", () => {
	it("is the CRC of the concatenation, whatever the pieces, empty ones included", () => {
		fc.assert(
			fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 }), (pieces) => {
				const combined = combineCrc32(pieces.map((p) => ({ crc: crc32(p), size: p.length })));
				expect(combined).toBe(crc32(Buffer.concat(pieces)));
			}),
		);
	});

	it("joins pieces whose lengths exceed 32 bits", () => {
		// 6 GiB of zeros after one byte: the shift of 2 GiB, three times over
		const zeros = (size: number): { crc: number; size: number } => ({
			crc: crcOfZeros(size),
			size,
		});
		const one = { crc: crc32(Uint8Array.of(1)), size: 1 };
		const thrice = combineCrc32([one, zeros(2 ** 31), zeros(2 ** 31), zeros(2 ** 31)]);
		expect(combineCrc32([one, zeros(3 * 2 ** 31)])).toBe(thrice);
	});

	it("joins 10,000 parts", () => {
		const parts = Array.from({ length: 10_000 }, (_, i) => ({ crc: i, size: 16 * 2 ** 20 }));
		// by their sizes alone: 160 GB of bytes would take longer than a test may
		expect(combineCrc32(parts)).toBeGreaterThan(0);
	});
});

describe("combineParts", () => {
	it("speaks base64 of big-endian bytes on both sides", () => {
		const [a, b] = [Buffer.from("a part and "), Buffer.from("the rest")];
		const parts = [a, b].map((bytes) => ({ digest: crcOf(bytes), size: bytes.length }));
		expect(combineParts(parts)).toEqual({
			algorithm: "crc32",
			value: crcOf(Buffer.concat([a, b])),
		});
	});
});

describe("createCrc32", () => {
	it("agrees with zlib for any bytes, any chunks and any alignment", () => {
		fc.assert(
			fc.property(
				fc.array(fc.tuple(fc.uint8Array({ maxLength: 100 }), fc.nat(7)), { maxLength: 8 }),
				(chunks) => {
					const hasher = createCrc32();
					for (const [bytes, offset] of chunks) {
						const roomy = new Uint8Array(bytes.length + offset);
						roomy.set(bytes, offset);
						hasher.update(roomy.subarray(offset));
					}
					expect(hasher.digest()).toBe(crcOf(Buffer.concat(chunks.map(([bytes]) => bytes))));
				},
			),
		);
	});

	it("gives the digest of nothing, which is zero", () => {
		expect(createCrc32().digest()).toBe("AAAAAA==");
	});
});

/** By doubling: the CRC of 2n zeros from that of n. */
function crcOfZeros(size: number): number {
	if (size === 1) return crc32(Uint8Array.of(0));
	if (size % 2 === 1) {
		return combineCrc32([
			{ crc: crcOfZeros(size - 1), size: size - 1 },
			{ crc: crcOfZeros(1), size: 1 },
		]);
	}
	const half = { crc: crcOfZeros(size / 2), size: size / 2 };
	return combineCrc32([half, half]);
}
