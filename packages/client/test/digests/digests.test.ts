import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	type CombinableAlgorithm,
	combineCrc,
	combineParts,
} from "../../src/digests/combine-crc.js";
import { crc32Polynomials, createCrc32 } from "../../src/digests/crc32.js";
import { createCrc64Nvme } from "../../src/digests/crc64nvme.js";
import type { Hasher } from "../../src/platform.js";

const hashers: Readonly<Record<CombinableAlgorithm, () => Hasher>> = {
	crc32: () => createCrc32(),
	crc32c: () => createCrc32(crc32Polynomials.crc32c),
	crc64nvme: createCrc64Nvme,
};

const digest = (algorithm: CombinableAlgorithm, ...chunks: readonly Uint8Array[]): string => {
	const hasher = hashers[algorithm]();
	for (const chunk of chunks) hasher.update(chunk);
	return hasher.digest();
};

const base64 = (hex: string): string => Buffer.from(hex, "hex").toString("base64");
const bytesOf = (length: number): Uint8Array =>
	Uint8Array.from(
		{ length },
		(_, i) =>
			createHash("md5")
				.update(`${i >> 4}`)
				.digest()[i & 15] ?? 0,
	);

describe.each<{ algorithm: CombinableAlgorithm; check: string; empty: string }>([
	// the check values of the CRC catalogue for "123456789"
	{ algorithm: "crc32", check: "cbf43926", empty: "00000000" },
	{ algorithm: "crc32c", check: "e3069283", empty: "00000000" },
	{ algorithm: "crc64nvme", check: "ae8b14860a799888", empty: "0000000000000000" },
])("$algorithm", ({ algorithm, check, empty }) => {
	it("gives the check value of the catalogue", () => {
		expect(digest(algorithm, Buffer.from("123456789"))).toBe(base64(check));
		expect(digest(algorithm)).toBe(base64(empty));
	});

	it("does not depend on how the bytes are cut into chunks", () => {
		const bytes = bytesOf(1000);
		fc.assert(
			fc.property(fc.nat(1000), fc.nat(1000), (a, b) => {
				const [first, second] = [Math.min(a, b), Math.max(a, b)];
				const chunks = [
					bytes.subarray(0, first),
					bytes.subarray(first, second),
					bytes.subarray(second),
				];
				expect(digest(algorithm, ...chunks)).toBe(digest(algorithm, bytes));
			}),
		);
	});

	it("combines the digests of parts into that of the whole", () => {
		const bytes = bytesOf(2000);
		fc.assert(
			fc.property(fc.array(fc.nat(2000), { maxLength: 8 }), (places) => {
				const cuts = [0, ...places.sort((a, b) => a - b), bytes.length];
				const parts = cuts.slice(1).map((end, i) => bytes.subarray(cuts[i], end));
				const whole = combineCrc(
					algorithm,
					parts.map((part) => ({ digest: digest(algorithm, part), size: part.length })),
				);
				expect(whole).toBe(digest(algorithm, bytes));
			}),
		);
	});
});

it("knows the whole only where it knows every part", () => {
	const [a, b] = [bytesOf(10), bytesOf(20)];
	const parts = [a, b].map((bytes) => ({ digest: digest("crc32", bytes), size: bytes.length }));
	const value = digest("crc32", a, b);
	expect(combineParts("crc32", parts)).toEqual({ algorithm: "crc32", value });
	expect(combineParts("crc32", [...parts, { digest: undefined, size: 1 }])).toBeUndefined();
});

it("agrees with zlib, for any alignment of the bytes in memory", () => {
	const bytes = bytesOf(5000);
	for (let offset = 0; offset < 8; offset++) {
		const aligned = bytes.subarray(offset);
		expect(digest("crc32", aligned)).toBe(base64(crc32(aligned).toString(16).padStart(8, "0")));
	}
});

it("combines parts beyond 4 GiB", () => {
	// CRC-32 of 5 GiB of zeros, by zlib's own combination in 5 equal parts of 1 GiB
	const gibibyte = 1024 ** 3;
	const chunk = new Uint8Array(1024 ** 2);
	let value = 0;
	for (let i = 0; i < 8; i++) value = crc32(chunk, value);
	const eight = base64(value.toString(16).padStart(8, "0"));
	const size = chunk.length * 8;
	const byParts = combineCrc(
		"crc32",
		Array.from({ length: (5 * gibibyte) / size }, () => ({ digest: eight, size })),
	);
	const half = combineCrc(
		"crc32",
		Array.from({ length: (2.5 * gibibyte) / size }, () => ({ digest: eight, size })),
	);
	const byHalves = combineCrc("crc32", [
		{ digest: half, size: 2.5 * gibibyte },
		{ digest: half, size: 2.5 * gibibyte },
	]);
	expect(byHalves).toBe(byParts);
});
