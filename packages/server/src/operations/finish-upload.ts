import type { CompleteReply } from "#protocol";
import { UploadError } from "../errors.js";
import type { ObjectInfo } from "../provider.js";
import type { Completion, OpenUpload, OperationContext } from "./open-upload.js";

/** Thrown by `reject`, so that nothing after it runs. */
class Rejection extends Error {
	override readonly name = "Rejection";
}

/** Runs `onComplete`, or finds what it said before. */
async function settle(
	context: OperationContext,
	open: OpenUpload,
	info: ObjectInfo,
	before: Completion | undefined,
): Promise<Completion> {
	const { rule, upload, params, principal } = open;
	const { onComplete } = rule;
	if (!onComplete) return {};
	if (before) return before;
	let rejected: string | undefined;
	const [checksum] = info.checksums;
	let completion: Completion;
	try {
		const data = await onComplete({
			uploadId: upload.uploadId,
			key: info.key,
			size: info.size,
			...(info.etag === undefined ? {} : { etag: info.etag }),
			...(info.version === undefined ? {} : { version: info.version }),
			...(checksum ? { checksum } : {}),
			contentType: upload.contentType,
			metadata: upload.metadata ?? {},
			params,
			principal,
			reject: (reason) => {
				rejected = reason;
				throw new Rejection(reason);
			},
		});
		completion = data === undefined ? {} : { data };
	} catch (cause) {
		if (rejected === undefined) {
			throw new UploadError(
				"internal",
				"The file is stored, but the server could not finish; complete again.",
				{ cause },
			);
		}
		completion = {};
	}
	// a repeat that overlapped, as after a 202, may have ended first
	const first = await context.completions?.get(upload.uploadId);
	if (first) return first;
	// also when a catch inside onComplete swallowed the rejection
	if (rejected !== undefined) {
		await discard(context, open, info);
		completion = { rejected };
	}
	// a rejection is recorded only now: where its deletion failed, a repeat must try again
	await context.completions?.set(upload.uploadId, completion);
	return completion;
}

/** Deletes a rejected object, only where its key is server-made: deletion re-arms a leaked URL. */
async function discard(
	{ provider }: OperationContext,
	{ rule, upload }: OpenUpload,
	info: ObjectInfo,
): Promise<void> {
	if (!rule.key) return;
	// without an etag (Ceph's commit tells none) nothing pins the deletion to this upload's object
	const pinned = info.etag === undefined ? await provider.head(info.key) : info;
	if (pinned !== info && pinned?.uploadId !== upload.uploadId) return;
	const { key, etag } = pinned;
	try {
		// not by its version, which would need the right to delete versions
		await provider.delete(key, etag === undefined ? {} : { ifMatch: etag });
	} catch (error) {
		// another object stands there now, and the rejected one is gone
		if (!(error instanceof UploadError && error.code === "conflict")) throw error;
	}
}

/**
 * Ends an upload whose object is stored: `onComplete`, a rejection's deletion, the answer.
 *
 * @param before - The recorded outcome of an earlier call.
 */
export async function finish(
	context: OperationContext,
	open: OpenUpload,
	info: ObjectInfo,
	before: Completion | undefined,
): Promise<CompleteReply> {
	const { rejected, data } = await settle(context, open, info, before);
	if (rejected !== undefined) throw new UploadError("rejected", rejected);
	const [checksum] = info.checksums;
	return {
		key: info.key,
		size: info.size,
		...(info.etag === undefined ? {} : { etag: info.etag }),
		...(info.version === undefined ? {} : { version: info.version }),
		...(checksum ? { checksum } : {}),
		...(data === undefined ? {} : { data }),
	};
}
