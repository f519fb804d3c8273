import type { Checksum, ChecksumAlgorithm } from "#protocol";
import { UploadError } from "../../errors.js";

/** Digests by the SDK's member names: of an object, a part, or the response to a completion. */
export interface StoredChecksums {
	readonly ChecksumCRC32?: string | undefined;
	readonly ChecksumCRC32C?: string | undefined;
	readonly ChecksumCRC64NVME?: string | undefined;
	readonly ChecksumSHA256?: string | undefined;
	readonly ChecksumType?: string | undefined;
}

const members = {
	crc32: "ChecksumCRC32",
	crc32c: "ChecksumCRC32C",
	crc64nvme: "ChecksumCRC64NVME",
	sha256: "ChecksumSHA256",
} as const;

const named = Object.entries(members) as readonly [
	keyof typeof members,
	(typeof members)[keyof typeof members],
][];

/** Digests over whole objects. Without the type FULL_OBJECT a value may be a digest of the parts' digests. */
export function checksumsOf(stored: StoredChecksums): Checksum[] {
	return stored.ChecksumType === "FULL_OBJECT" ? allOf(stored) : [];
}

/** The digest of one part. */
export function storedChecksum(part: StoredChecksums): Checksum | undefined {
	return allOf(part)[0];
}

function allOf(stored: StoredChecksums): Checksum[] {
	return named.flatMap(([algorithm, member]) => {
		const value = stored[member];
		return value ? [{ algorithm, value }] : [];
	});
}

/** The digest of one part, for the list of a completion. */
export function partDigest(checksum: Checksum | undefined): StoredChecksums {
	if (checksum === undefined || checksum.algorithm === "md5") return {};
	return { [members[checksum.algorithm]]: checksum.value };
}

const objectAlgorithms = {
	crc32: "CRC32",
	crc32c: "CRC32C",
	crc64nvme: "CRC64NVME",
} as const;

/** The members that request a whole-object digest at create, and send it at complete. */
export interface ObjectChecksum {
	readonly create: {
		readonly ChecksumAlgorithm: "CRC32" | "CRC32C" | "CRC64NVME";
		readonly ChecksumType: "FULL_OBJECT";
	};
	complete(value: string): StoredChecksums & { readonly ChecksumType: "FULL_OBJECT" };
}

/** @throws UploadError `unsupported`: S3 combines only CRCs. */
export function objectChecksum(algorithm: ChecksumAlgorithm): ObjectChecksum {
	if (algorithm !== "crc32" && algorithm !== "crc32c" && algorithm !== "crc64nvme") {
		throw new UploadError("unsupported", `S3 has no ${algorithm} of a whole multipart object.`, {
			values: { algorithm },
		});
	}
	return {
		create: { ChecksumAlgorithm: objectAlgorithms[algorithm], ChecksumType: "FULL_OBJECT" },
		complete: (value) => ({ [members[algorithm]]: value, ChecksumType: "FULL_OBJECT" }),
	};
}
