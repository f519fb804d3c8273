import type { Checksum, CompleteRequest } from "#protocol";
import { UploadError } from "../errors.js";
import type { ObjectInfo } from "../object-spec.js";
import type { OpenUpload } from "./open-upload.js";

/** Whether the stored bytes were verified to be the client's. */
export interface Verification {
	readonly verified: boolean;
	/** Checksum of the whole object; present only when it was verified. */
	readonly checksum?: Checksum | undefined;
}

/**
 * Compares a stored object with the client's digest, unless it was verified before.
 *
 * @param info - From the commit or HEAD.
 * @throws UploadError `checksum-mismatch` with `restart`, which tells whether the object was deleted.
 */
export async function verifyBytes(
	open: OpenUpload,
	request: CompleteRequest,
	info: ObjectInfo,
): Promise<Verification> {
	const { algorithm, stage, digest } = open.upload;
	// from the signed URL, or from this request
	const expected = digest && algorithm ? { algorithm, value: digest } : request.checksum;
	const stored = expected && (await reportedChecksum(open, expected, info));
	if (stored && stored.value !== expected.value) throw await mismatch(open, info);
	const compared = stored !== undefined || stage === "signed";
	// receipts of all parts prove that each was sent with its digest, and nothing of the whole's
	const verified = compared || (stage === "part" && request.receipts !== undefined);
	return { verified, checksum: compared ? expected : undefined };
}

/** The storage's own digest of the object. Some storages return it in HEAD only. */
async function reportedChecksum(
	{ provider, upload }: OpenUpload,
	expected: Checksum,
	info: ObjectInfo,
): Promise<Checksum | undefined> {
	const find = ({ checksums }: ObjectInfo): Checksum | undefined =>
		checksums.find(({ algorithm }) => algorithm === expected.algorithm);
	const found = find(info);
	if (found || upload.stage !== "reported" || upload.multipartId === undefined) return found;
	// without permission to read it, the object counts as stored and not verified
	const looked = await provider.head(info.key).catch(() => null);
	return looked?.uploadId === upload.uploadId ? find(looked) : undefined;
}

/** Deletes the differing object if no other one can be deleted instead, and returns the error. */
async function mismatch(open: OpenUpload, info: ObjectInfo): Promise<UploadError> {
	const restart = await discard(open, info);
	return new UploadError(
		"checksum-mismatch",
		restart
			? "The stored bytes differ from the file and were deleted. Upload it again."
			: "The stored bytes differ from the file, and the object still exists. Delete or replace it.",
		{ restart },
	);
}

async function discard(
	{ provider, rule, upload }: OpenUpload,
	{ key, version, etag }: ObjectInfo,
): Promise<boolean> {
	// its URL could store another object then, while this one is looked at
	if (upload.quarantined && upload.multipartId === undefined) return false;
	const isServerMade = (rule.key ?? upload.quarantined) !== undefined;
	const pin =
		version === undefined && (provider.capabilities.conditionalDelete || isServerMade)
			? { ifMatch: etag }
			: { version };
	if (!isServerMade && pin.version === undefined && pin.ifMatch === undefined) return false;
	try {
		await provider.delete(key, pin);
		return true;
	} catch {
		return false;
	}
}
