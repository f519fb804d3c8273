import type { StoredChecksum, Upload, UploadedPart } from "./buckets.js";
import { combineCrcs } from "./crc-combine.js";
import { type ChecksumName, checksumNames } from "./declared-checksums.js";
import { digestSet } from "./digests.js";
import { S3Error } from "./s3-error.js";
import type { S3Request } from "./s3-request.js";
import { leaf, type Xml } from "./xml-writer.js";

/** The checksum of objects whose client asked for none ("Checking object integrity", Amazon S3 User Guide). */
export const defaultChecksum = { name: "crc64nvme", type: "FULL_OBJECT" } as const;

/** Computes the checksum of an object from those of its parts. */
export function objectChecksum(upload: Upload, parts: readonly UploadedPart[]): StoredChecksum {
	const { name, type } = upload.checksum ?? defaultChecksum;
	if (type === "COMPOSITE" || name === "sha1" || name === "sha256") {
		const digests = digestSet([name]);
		for (const { checksum } of parts) digests.update(checksum);
		const digest = digests.digest().get(name) ?? Buffer.alloc(0);
		return { name, type, value: `${digest.toString("base64")}-${parts.length}` };
	}
	const pieces = parts.map(({ checksum, bytes }) => ({ crc: checksum, size: bytes.size }));
	return { name, type, value: combineCrcs(name, pieces).toString("base64") };
}

/**
 * Checks the checksum headers of a CompleteMultipartUpload. AWS ignores a value where the upload began
 * without an algorithm, and takes that of a whole object only together with `x-amz-checksum-type`.
 */
export function checkObjectChecksum(
	{ headers }: S3Request,
	upload: Upload,
	{ name, type, value }: StoredChecksum,
): void {
	const mode = headers.get("x-amz-checksum-type");
	if (mode !== undefined && mode !== upload.checksum?.type) {
		throw new S3Error(
			"InvalidRequest",
			`The upload was created using the ${upload.checksum?.type ?? "null"} checksum mode. The complete request must use the same checksum mode.`,
		);
	}
	const declared = checksumNames.find((algorithm) => headers.has(`x-amz-checksum-${algorithm}`));
	if (declared === undefined || upload.checksum === undefined) return;
	const text = headers.get(`x-amz-checksum-${declared}`);
	const isWhole = mode === "FULL_OBJECT" && text === value;
	const isComposite = type === "COMPOSITE" && text?.split("-")[0] === value.split("-")[0];
	if (declared === name && (isWhole || isComposite)) return;
	throw new S3Error(
		"BadDigest",
		`The ${name} you specified did not match the calculated checksum.`,
	);
}

/** The element of a checksum in a document. */
export const checksumLeaf = (name: ChecksumName, value: string): Xml =>
	leaf(`Checksum${name.toUpperCase()}`, value);
