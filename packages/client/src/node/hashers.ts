import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Hasher } from "../platform.js";

export type NodeAlgorithm = "crc32" | "md5" | "sha256";

/** A hasher of this runtime: its work can be done by another thread. */
export interface NodeHasher extends Hasher {
	readonly algorithm: NodeAlgorithm;
	/** Takes the digest of all bytes instead of the bytes. */
	adopt(digest: string): void;
}

/** CRC-32 as zlib, PNG and S3 mean it; Node computes it with the processor's own instructions. */
function crc32Hasher(): Hasher {
	let value = 0;
	return {
		update: (chunk) => {
			value = crc32(chunk, value);
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

const nodeHasher = (algorithm: NodeAlgorithm, { update, digest }: Hasher): NodeHasher => {
	let adopted: string | undefined;
	return {
		algorithm,
		update,
		digest: () => adopted ?? digest(),
		adopt: (value) => {
			adopted = value;
		},
	};
};

/** The digests that Node computes in native code. */
export const hashers: Readonly<Record<NodeAlgorithm, () => NodeHasher>> = {
	crc32: () => nodeHasher("crc32", crc32Hasher()),
	md5: () => nodeHasher("md5", cryptoHasher("md5")),
	sha256: () => nodeHasher("sha256", cryptoHasher("sha256")),
};

/** Whether this runtime made the hasher. */
export const isNodeHasher = (hasher: Hasher): hasher is NodeHasher => "adopt" in hasher;
