import type { CompleteRequest } from "#protocol";
import { hasCode, UploadError } from "../errors.js";
import type { CommitPart } from "../multipart-upload.js";
import type { ObjectInfo } from "../object-spec.js";
import { createOnly } from "../uploads/check-provider.js";
import { commitSpec } from "./object-spec.js";
import { multipartRef, type OpenUpload } from "./open-upload.js";
import { verifyStoredObject } from "./stored-object.js";
import { checkStoredParts, expectedSize, listStoredParts } from "./stored-parts.js";

/** Removes checksums that were not requested at create: the storage may refuse them. */
const withoutChecksum = ({ partNumber, receipt }: CommitPart): CommitPart => ({
	partNumber,
	receipt,
});

/**
 * Ends an upload whose parts come without digests, on a storage that requires one with every part. The client
 * restarts with them; the log names the capability to correct.
 */
async function abortForRestart(
	{ provider, upload }: OpenUpload,
	cause?: unknown,
): Promise<UploadError> {
	await provider.abortMultipart(multipartRef(upload)).catch(() => undefined);
	return new UploadError(
		"invalid-parts",
		"The storage refuses parts without a checksum of their own. Start the upload again, with a digest of every part.",
		{
			cause,
			restart: true,
			reason: `The storage refused the parts of an upload that began with ${upload.algorithm ?? "no digests"}. If the bucket has Object Lock, correct the provider: capabilities: { checksums: { required: true } }; if it requires a checksum with every part for another reason, capabilities: { checksums: { object: [] } }.`,
		},
	);
}

/**
 * Whether the storage may have refused the parts of an upload because they came without digests: the client tells
 * how it was refused. Without that, parts that are missing were not sent yet.
 */
function mayWantDigests(
	{ provider, upload: { stage } }: OpenUpload,
	{ refusal = "" }: CompleteRequest,
): boolean {
	// a status without the storage's own code is a proxy's
	if (!refusal.startsWith("400 ")) return false;
	return stage === "object" || (!stage && provider.capabilities.checksums.part.length > 0);
}

/** Ends a commit that broke off after the parts were joined; else finds out how the upload ended. */
async function endCommit(
	open: OpenUpload,
	request: CompleteRequest,
	error?: unknown,
): Promise<ObjectInfo> {
	try {
		return await verifyStoredObject(open, request.size, error);
	} catch (end) {
		const { provider } = open;
		const replaces = open.rule.overwrite === true && hasCode(end, "already-exists");
		const isOpen = replaces || hasCode(end, "upload-not-found");
		if (!provider.resumeCommit || !isOpen) throw end;
		const spec = await commitSpec(open, expectedSize(open, request.size));
		const options = { spec, createOnly: createOnly(open.rule, provider, "multipart") };
		try {
			const info = await provider.resumeCommit(multipartRef(open.upload), options);
			if (info) return info;
		} catch (failure) {
			return verifyStoredObject(open, spec.size, failure);
		}
		throw end;
	}
}

/** Whether a part was replaced since the list: a late request may end after the client has resent it. */
async function isReplaced(
	{ provider, upload }: OpenUpload,
	parts: readonly CommitPart[],
): Promise<boolean> {
	const now = await listStoredParts(provider, multipartRef(upload)).catch(() => []);
	return now.some(({ partNumber, receipt = "" }) => receipt !== parts[partNumber - 1]?.receipt);
}

/**
 * Checks the stored parts and completes the multipart upload.
 *
 * @param isLast whether a part that is replaced meanwhile fails it
 */
export async function commitParts(
	open: OpenUpload,
	request: CompleteRequest,
	isLast = false,
): Promise<ObjectInfo> {
	const { provider } = open;
	const ref = multipartRef(open.upload);
	let stored: Awaited<ReturnType<typeof listStoredParts>>;
	try {
		stored = await listStoredParts(provider, ref);
	} catch (error) {
		return endCommit(open, request, error);
	}
	if (stored.length === 0) {
		// some storages list no parts after the upload was completed
		try {
			return await endCommit(open, request);
		} catch (error) {
			// an object that is to be replaced may be another upload's
			const replaces = open.rule.overwrite === true && hasCode(error, "already-exists");
			if (!replaces && !hasCode(error, "upload-not-found")) throw error;
		}
		if (mayWantDigests(open, request)) throw await abortForRestart(open);
	}
	const { size, parts } = checkStoredParts(stored, open, request);
	const { stage, algorithm } = open.upload;
	const whole = stage === "object";
	// the storage verifies only the algorithm announced at create
	const checksum =
		whole && request.checksum?.algorithm === algorithm ? request.checksum : undefined;
	try {
		const spec = await commitSpec(open, size);
		const info = await provider.completeMultipart(ref, whole ? parts : parts.map(withoutChecksum), {
			spec,
			createOnly: createOnly(open.rule, provider, "multipart"),
			checksum,
		});
		return checksum ? { ...info, checksums: [checksum] } : info;
	} catch (error) {
		if (hasCode(error, "invalid-parts")) {
			if (!isLast && (await isReplaced(open, parts))) return commitParts(open, request, true);
			// the parts are as they were listed, so the checksum is the cause
			if (whole) throw await abortForRestart(open, error);
		}
		try {
			return await endCommit(open, request, error);
		} catch (end) {
			// these parts can never be committed and cost money
			if (hasCode(end, "already-exists", "upload-not-found")) {
				await provider.abortMultipart(ref).catch(() => undefined);
			}
			throw end;
		}
	}
}
