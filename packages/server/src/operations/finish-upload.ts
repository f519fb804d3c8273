import type { CompleteReply, PendingReply } from "#protocol";
import type { CompletionResult } from "../completions.js";
import { hasCode, UploadError } from "../errors.js";
import type { ObjectInfo } from "../object-spec.js";
import { commitUpload, releaseUpload } from "./count-upload.js";
import { deleteVersion } from "./delete-version.js";
import { defined } from "./fields.js";
import type { OpenUpload } from "./open-upload.js";
import type { OperationContext } from "./operation.js";
import { findResult, runLeased } from "./run-leased.js";
import { runOnComplete } from "./run-on-complete.js";
import type { Verification } from "./verify-bytes.js";

/** A stored object, and whether its bytes are the client's. */
export type VerifiedObject = ObjectInfo & Verification;

/** The reply while another call runs: repeat after `retryAfter` seconds. */
export const pendingReply: PendingReply = { state: "pending", retryAfter: 2 };

/** Describes a stored object, without absent members. */
function describe({
	key,
	size,
	etag,
	version,
	checksum,
}: VerifiedObject): Omit<CompleteReply, "verified"> {
	return { key, size, ...defined({ etag, version, checksum }) };
}

/** Deletes a rejected object, only where its key is server-made: deletion re-arms a leaked URL. */
async function deleteRejected(
	{ log }: OperationContext,
	{ provider, rule, upload }: OpenUpload,
	info: VerifiedObject,
): Promise<void> {
	if (!rule.key) return;
	// without an etag (Ceph 16 sends none) the deletion could hit another object, so read it first
	const pinned = info.etag === undefined ? await provider.head(info.key) : info;
	if (pinned !== info && pinned?.uploadId !== upload.uploadId) return;
	try {
		await deleteVersion(provider, pinned, log);
	} catch (error) {
		// another object has replaced the rejected one
		if (!hasCode(error, "conflict")) throw error;
	}
}

/**
 * Finishes an upload whose object is stored: runs `onComplete` or reads its recorded result, and deletes a
 * rejected object.
 *
 * @throws UploadError `rejected`, `internal`.
 */
export async function finishUpload(
	context: OperationContext,
	open: OpenUpload,
	info: VerifiedObject,
): Promise<CompleteReply | PendingReply> {
	const { completions, signProof } = context;
	const { uploadId } = open.upload;
	const reply = async (data?: unknown): Promise<CompleteReply> => {
		await commitUpload(context, uploadId, info.size);
		const stored = describe(info);
		const proof = await signProof?.(stored, open.upload);
		return { ...stored, verified: info.verified, ...defined({ data, proof }) };
	};
	if (!open.rule.onComplete) return reply();
	const { rule, upload, params, principal } = open;
	const { contentType, metadata = {} } = upload;
	const input = { ...describe(info), uploadId, contentType, metadata, params, principal };
	const run = () => runOnComplete(rule, input);
	let result: CompletionResult | "running" | undefined;
	try {
		result = await (completions ? runLeased(completions, uploadId, run) : run());
	} catch (cause) {
		const message =
			"The file is stored, but the server could not finish the upload. Call complete again.";
		const reason = "onComplete, or the store of its results, threw";
		throw new UploadError("internal", message, { cause, reason, retryAfter: 1 });
	}
	if (result === "running") return pendingReply;
	if (result && "rejected" in result) {
		// on repeats too: an earlier call may have stopped before the deletion
		await deleteRejected(context, open, info);
		if (open.rule.key) await releaseUpload(context, uploadId);
		else await commitUpload(context, uploadId, info.size);
		throw new UploadError("rejected", result.rejected);
	}
	return reply(result?.data);
}

/** The recorded result of an upload whose object is not there: a recorded rejection may have deleted it. */
export async function findDeleted(
	{ completions }: OperationContext,
	{ rule, upload }: OpenUpload,
): Promise<CompletionResult | "running" | undefined> {
	const deletes = rule.onComplete && rule.key;
	return completions && deletes ? findResult(completions, upload.uploadId) : undefined;
}

/**
 * Handles an object that could not be verified.
 *
 * @param error - Why verification failed; thrown unless a result is recorded.
 */
export async function findRejection(
	context: OperationContext,
	open: OpenUpload,
	error: unknown,
): Promise<PendingReply> {
	if (!(error instanceof UploadError) || error.retryable) throw error;
	const result = await findDeleted(context, open);
	if (result === "running") return pendingReply;
	if (result && "rejected" in result) {
		await releaseUpload(context, open.upload.uploadId);
		throw new UploadError("rejected", result.rejected);
	}
	throw error;
}
