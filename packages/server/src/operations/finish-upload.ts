import type { CompleteReply, PendingReply } from "#protocol";
import type { CompletionResult, CompletionStore } from "../completions.js";
import { UploadError } from "../errors.js";
import type { ObjectInfo } from "../provider.js";
import { defined } from "./fields.js";
import type { OpenUpload } from "./open-upload.js";
import type { OperationContext } from "./operation.js";
import type { Verification } from "./verify-bytes.js";

/** A stored object, and whether its bytes are the client's. */
export type VerifiedObject = ObjectInfo & Verification;

/** Seconds after which another call may run `onComplete`, unless the lease is renewed. */
const leaseTime = 60;

/** Milliseconds between two renewals. */
const renewalInterval = 20_000;

/** The answer while a call runs: ask again after these seconds. */
export const pendingReply: PendingReply = { state: "pending", retryAfter: 2 };

/** What is known of a stored object, without absent members. */
function describe({
	key,
	size,
	etag,
	version,
	checksum,
}: VerifiedObject): Omit<CompleteReply, "verified"> {
	return { key, size, ...defined({ etag, version, checksum }) };
}

/** Thrown by `reject`, so that nothing after it runs. */
class Rejection extends Error {
	override readonly name = "Rejection";
}

/** Runs `onComplete`; its `reject` gives a result, whatever it throws is thrown. */
async function runOnComplete(
	{ rule, upload, params, principal }: OpenUpload,
	info: VerifiedObject,
): Promise<CompletionResult> {
	let rejected: string | undefined;
	try {
		const data = await rule.onComplete?.({
			...describe(info),
			uploadId: upload.uploadId,
			contentType: upload.contentType,
			metadata: upload.metadata ?? {},
			params,
			principal,
			reject: (reason) => {
				rejected = reason;
				throw new Rejection(reason);
			},
		});
		// also where a catch inside of onComplete swallowed the rejection
		return rejected === undefined ? { data } : { rejected };
	} catch (error) {
		if (rejected !== undefined) return { rejected };
		throw error;
	}
}

/** Runs `onComplete` while this call holds the lease; elsewhere tells what the store knows. */
async function runLeased(
	store: CompletionStore,
	id: string,
	run: () => Promise<CompletionResult>,
): Promise<CompletionResult | "running"> {
	const begun = await store.begin(id, leaseTime);
	if (begun !== "mine") return begun;
	const renew = async (): Promise<void> => store.renew?.(id, leaseTime);
	const timer = setInterval(() => {
		renew().catch(() => undefined);
	}, renewalInterval);
	try {
		return await store.finish(id, await run());
	} catch (error) {
		// a lease that cannot be released ends by itself
		await store.release(id).catch(() => undefined);
		throw error;
	} finally {
		clearInterval(timer);
	}
}

/** Deletes a rejected object, only where its key is server-made: deletion re-arms a leaked URL. */
async function deleteRejected(
	{ provider }: OperationContext,
	{ rule, upload }: OpenUpload,
	info: VerifiedObject,
): Promise<void> {
	if (!rule.key) return;
	// without an etag (Ceph's commit has none) nothing pins the deletion to this upload's object
	const pinned = info.etag === undefined ? await provider.head(info.key) : info;
	if (pinned !== info && pinned?.uploadId !== upload.uploadId) return;
	try {
		// not by version, which would need the permission to delete versions
		await provider.delete(pinned.key, { ifMatch: pinned.etag });
	} catch (error) {
		// another object has the key now, and the rejected one is gone
		if (!(error instanceof UploadError && error.code === "conflict")) throw error;
	}
}

/**
 * Ends an upload whose object is stored: runs `onComplete`, or takes its recorded result; deletes a
 * rejected object.
 *
 * @throws UploadError `rejected`, `internal`.
 */
export async function finishUpload(
	context: OperationContext,
	open: OpenUpload,
	info: VerifiedObject,
): Promise<CompleteReply | PendingReply> {
	const { verified } = info;
	if (!open.rule.onComplete) return { ...describe(info), verified };
	const { completions } = context;
	const run = () => runOnComplete(open, info);
	let result: CompletionResult | "running";
	try {
		result = await (completions ? runLeased(completions, open.upload.uploadId, run) : run());
	} catch (cause) {
		const message = "The file is stored, but the server could not finish; complete again.";
		const reason = "onComplete, or the store of its results, threw";
		throw new UploadError("internal", message, { cause, reason, retryAfter: 1 });
	}
	if (result === "running") return pendingReply;
	if ("rejected" in result) {
		// on repeats too: an earlier call may have ended between the record and the deletion
		await deleteRejected(context, open, info);
		throw new UploadError("rejected", result.rejected);
	}
	return { ...describe(info), verified, ...defined({ data: result.data }) };
}

/**
 * The answer for an object that could not be verified: a recorded rejection may have deleted it.
 *
 * @param error - Why it could not; thrown where nothing else is known.
 */
export async function findRejection(
	{ completions }: OperationContext,
	{ rule, upload }: OpenUpload,
	error: unknown,
): Promise<PendingReply> {
	const deletes = rule.onComplete && rule.key;
	if (!completions || !deletes || !(error instanceof UploadError) || error.retryable) throw error;
	const begun = await completions.begin(upload.uploadId, leaseTime);
	if (begun === "running") return pendingReply;
	if (begun === "mine") await completions.release(upload.uploadId);
	else if ("rejected" in begun) throw new UploadError("rejected", begun.rejected);
	throw error;
}
