import type { CompleteReply } from "#protocol";
import type { Completion } from "../completions.js";
import { UploadError } from "../errors.js";
import type { ObjectInfo } from "../provider.js";
import { defined } from "./fields.js";
import type { OpenUpload } from "./open-upload.js";
import type { OperationContext } from "./operation.js";

/** What is known of a stored object, without absent members. */
function describe({ key, size, etag, version, checksums }: ObjectInfo): CompleteReply {
	return { key, size, ...defined({ etag, version, checksum: checksums[0] }) };
}

/** Thrown by `reject`, so that nothing after it runs. */
class Rejection extends Error {
	override readonly name = "Rejection";
}

/** Runs `onComplete` once. @throws UploadError `internal` for whatever else it throws. */
async function runOnComplete(
	{ rule, upload, params, principal }: OpenUpload,
	info: ObjectInfo,
): Promise<Completion> {
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
		return rejected === undefined ? defined({ data }) : { rejected };
	} catch (cause) {
		if (rejected !== undefined) return { rejected };
		const message = "The file is stored, but the server could not finish; complete again.";
		throw new UploadError("internal", message, { cause, reason: "onComplete threw" });
	}
}

/** Deletes a rejected object, only where its key is server-made: deletion re-arms a leaked URL. */
async function deleteRejected(
	{ provider }: OperationContext,
	{ rule, upload }: OpenUpload,
	info: ObjectInfo,
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

/** The result of `onComplete`, from the store where it ran before. */
async function completionOf(
	context: OperationContext,
	open: OpenUpload,
	info: ObjectInfo,
	recorded: Completion | undefined,
): Promise<Completion> {
	if (!open.rule.onComplete) return {};
	if (recorded) return recorded;
	const { completions } = context;
	const completion = await runOnComplete(open, info);
	// a repeat that overlapped, as after a 202, may have ended first
	const first = await completions?.get(open.upload.uploadId);
	if (first) return first;
	if (completion.rejected !== undefined) await deleteRejected(context, open, info);
	// a rejection is recorded after its deletion, so that a repeat tries a failed deletion again
	await completions?.set(open.upload.uploadId, completion);
	return completion;
}

/**
 * Ends an upload whose object is stored: runs `onComplete`, deletes a rejected object, makes the reply.
 *
 * @param recorded - The result of an earlier call.
 * @throws UploadError `rejected`, `internal`.
 */
export async function finishUpload(
	context: OperationContext,
	open: OpenUpload,
	info: ObjectInfo,
	recorded: Completion | undefined,
): Promise<CompleteReply> {
	const { rejected, data } = await completionOf(context, open, info, recorded);
	if (rejected !== undefined) throw new UploadError("rejected", rejected);
	return { ...describe(info), ...defined({ data }) };
}
