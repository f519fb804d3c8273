import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type CrcName, runningCrc } from "../../src/s3-server/crc.js";
import { combineCrcs } from "../../src/s3-server/crc-combine.js";

const names: readonly CrcName[] = ["crc32", "crc32c", "crc64nvme"];

function crcOf(name: CrcName, ...chunks: readonly Uint8Array[]): Buffer {
	const crc = runningCrc(name);
	for (const chunk of chunks) {
		crc.update(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
	}
	return crc.digest();
}

// the check values of the catalogue of parametrised CRC algorithms: the digests of "123456789"
test.each([
	["crc32", "cbf43926"],
	["crc32c", "e3069283"],
	["crc64nvme", "ae8b14860a799888"],
] as const)("the %s of the nine digits is the catalogue's", (name, check) => {
	expect(crcOf(name, Buffer.from("123456789")).toString("hex")).toBe(check);
});

test.each(names)("a %s does not depend on chunk sizes and alignment", (name) => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), fc.nat(7), (bytes, at, offset) => {
			const whole = crcOf(name, bytes);
			const shifted = new Uint8Array(bytes.length + offset);
			shifted.set(bytes, offset);
			expect(crcOf(name, shifted.subarray(offset))).toEqual(whole);
			expect(crcOf(name, bytes.subarray(0, at), bytes.subarray(at))).toEqual(whole);
		}),
	);
});

test.each(names)("the %s of pieces combines to that of the whole object", (name) => {
	fc.assert(
		fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), (pieces) => {
			const parts = pieces.map((piece) => ({ crc: crcOf(name, piece), size: piece.length }));
			expect(combineCrcs(name, parts)).toEqual(crcOf(name, ...pieces));
		}),
	);
});

test.each(names)("the %s of 10,000 equal parts combines to that of the whole object", (name) => {
	const piece = randomBytes(1000);
	const parts = Array.from({ length: 10_000 }, () => ({
		crc: crcOf(name, piece),
		size: piece.length,
	}));
	const whole = runningCrc(name);
	for (const _ of parts) whole.update(piece);
	expect(combineCrcs(name, parts)).toEqual(whole.digest());
});
