import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { ChecksumAlgorithm } from "#protocol";
import { crc32Polynomials, createCrc32 } from "../digests/crc32.js";
import { createCrc64Nvme } from "../digests/crc64nvme.js";
import type { Hasher } from "../platform.js";

/** CRC-32 as in zlib, PNG and S3. */
function crc32Hasher(): Hasher {
	let value = 0;
	return {
		update: (chunk) => {
			// Node 22.12 forgets the value at an empty chunk
			if (chunk.length > 0) value = crc32(chunk, value);
		},
		digest: () => {
			const bytes = Buffer.alloc(4);
			bytes.writeUInt32BE(value);
			return bytes.toString("base64");
		},
	};
}

function cryptoHasher(algorithm: string): Hasher {
	const hash = createHash(algorithm);
	return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest("base64") };
}

/** All digests; Node has no CRC32C and CRC64NVME of its own. */
export const hashers: Readonly<Record<ChecksumAlgorithm, () => Hasher>> = {
	crc32: crc32Hasher,
	crc32c: () => createCrc32(crc32Polynomials.crc32c),
	crc64nvme: createCrc64Nvme,
	md5: () => cryptoHasher("md5"),
	sha256: () => cryptoHasher("sha256"),
};
