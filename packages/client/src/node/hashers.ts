import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Hasher } from "../platform.js";

type NodeAlgorithm = "crc32" | "md5" | "sha256";

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

/** The digests that Node computes natively. */
export const hashers: Readonly<Record<NodeAlgorithm, () => Hasher>> = {
	crc32: crc32Hasher,
	md5: () => cryptoHasher("md5"),
	sha256: () => cryptoHasher("sha256"),
};
