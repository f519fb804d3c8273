import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Checksum } from "@skyput/protocol";

type Data = string | Uint8Array;

const hash = (algorithm: "md5" | "sha256", data: Data): Checksum => ({
	algorithm,
	value: createHash(algorithm).update(data).digest("base64"),
});

/** The digest that every S3-compatible service takes. */
export const md5Of = (data: Data): Checksum => hash("md5", data);

/** The algorithms of {@link digestsOf}, as a client offers them. */
export const algorithms = ["crc32", "md5", "sha256"] as const;

/** Every digest that a plan may ask for. */
export function digestsOf(data: Data): readonly Checksum[] {
	const crc = Buffer.alloc(4);
	crc.writeUInt32BE(crc32(data));
	return [
		{ algorithm: "crc32", value: crc.toString("base64") },
		hash("md5", data),
		hash("sha256", data),
	];
}
