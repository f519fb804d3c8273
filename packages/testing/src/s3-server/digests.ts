import { createHash } from "node:crypto";
import { runningCrc } from "./crc.js";

/** The digests that the server can compute. */
export type DigestName = "md5" | "sha1" | "sha256" | "crc32" | "crc32c" | "crc64nvme";

interface RunningDigest {
	update(chunk: Buffer): unknown;
	digest(): Buffer;
}

function running(name: DigestName): RunningDigest {
	return name === "md5" || name === "sha1" || name === "sha256"
		? createHash(name)
		: runningCrc(name);
}

/** Computes several digests of one body in one pass. */
export interface DigestSet {
	update(chunk: Buffer): void;
	/** The finished digests, by name. */
	digest(): ReadonlyMap<DigestName, Buffer>;
}

export function digestSet(names: Iterable<DigestName>): DigestSet {
	const all = [...new Set(names)].map((name) => [name, running(name)] as const);
	return {
		update(chunk) {
			for (const [, digest] of all) digest.update(chunk);
		},
		digest: () => new Map(all.map(([name, digest]) => [name, digest.digest()])),
	};
}
