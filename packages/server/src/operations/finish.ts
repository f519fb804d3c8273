import type { CompleteReply } from "#protocol";
import { UploadError } from "../errors.js";
import type { ObjectInfo } from "../provider.js";
import type { Completion, OpenUpload, OperationContext } from "./context.js";

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
	// also when a catch inside onComplete swallowed the rejection
	if (rejected !== undefined) completion = { rejected };
	await context.completions?.set(upload.uploadId, completion);
	return completion;
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
	if (rejected !== undefined) {
		// deleting re-arms a leaked create-only URL, which is harmless only under a key nobody else uses
		if (open.rule.key) {
			const { etag, version } = info;
			await context.provider.delete(info.key, {
				...(version === undefined ? {} : { version }),
				...(etag === undefined ? {} : { ifMatch: etag }),
			});
		}
		throw new UploadError("rejected", rejected);
	}
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
