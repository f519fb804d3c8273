import type { Checksum, CompleteReply, CompleteRequest, PendingReply } from "#protocol";
import { UploadError } from "../errors.js";
import type { ObjectInfo } from "../provider.js";
import { createOnly } from "../uploads/check-provider.js";
import { checkContentType } from "../uploads/content-type.js";
import type { Principal } from "../uploads/rule.js";
import { finish } from "./finish-upload.js";
import { multipartRef, type OpenUpload, type OperationContext, openUpload } from "./open-upload.js";
import { lookAt } from "./stored-object.js";
import { checkStoredParts, storedParts } from "./stored-parts.js";

/** Gateways cut at 30 s; by then the client must have an answer. Milliseconds. */
const patience = 24_000;

/** Seconds after which to ask again. */
const askAgain = 2;

/** Only the digest that the storage was told to expect can be verified by it. */
function expectedChecksum(
	open: OpenUpload,
	checksum: Checksum | undefined,
): { readonly checksum?: Checksum } {
	return checksum && checksum.algorithm === open.upload.checksum ? { checksum } : {};
}

async function commit(
	context: OperationContext,
	open: OpenUpload,
	request: CompleteRequest,
): Promise<ObjectInfo> {
	const { provider } = context;
	const ref = multipartRef(open.upload);
	const { checksum } = request;
	let parts: Awaited<ReturnType<typeof storedParts>>;
	try {
		parts = await storedParts(provider, ref);
	} catch (error) {
		return lookAt(context, open, request.size, error);
	}
	const { size, receipts } = checkStoredParts(parts, open, request);
	try {
		return await provider.completeMultipart(ref, receipts, {
			size,
			createOnly: createOnly(open.rule, provider, "multipart"),
			...expectedChecksum(open, checksum),
		});
	} catch (error) {
		try {
			return await lookAt(context, open, size, error);
		} catch (end) {
			// these parts can never be committed any more, and cost money where they lie
			if (end instanceof UploadError && end.code === "already-exists") {
				await provider.abortMultipart(ref).catch(() => undefined);
			}
			throw end;
		}
	}
}

/** The object of a single upload. Only here is a type seen that the URL could not bind. */
async function lookAtSingle(
	context: OperationContext,
	open: OpenUpload,
	request: CompleteRequest,
): Promise<ObjectInfo> {
	const info = await lookAt(context, open, request.size);
	if (context.provider.capabilities.enforce.contentType === "none") {
		checkContentType(info.contentType, open.rule.contentTypes);
	}
	return info;
}

async function run(
	context: OperationContext,
	request: CompleteRequest,
	principal: Principal | null,
): Promise<CompleteReply> {
	const open = await openUpload(context, request.token, principal, "complete");
	// an object that was rejected may be gone already, and the answer must stay the same
	const before = await context.completions?.get(open.upload.uploadId);
	if (before?.rejected !== undefined) throw new UploadError("rejected", before.rejected);
	const info =
		open.upload.multipartId === undefined
			? await lookAtSingle(context, open, request)
			: await commit(context, open, request);
	const stored = info.checksums.find(({ algorithm }) => algorithm === request.checksum?.algorithm);
	if (request.checksum && stored && stored.value !== request.checksum.value) {
		throw new UploadError(
			"checksum-mismatch",
			"The stored object differs from the file; upload it again.",
		);
	}
	return finish(context, open, info, before);
}

/** `POST {base}/complete`: verifies what is stored, commits it, and decides after an ambiguous end. */
export async function complete(
	context: OperationContext,
	request: CompleteRequest,
	principal: Principal | null,
): Promise<CompleteReply | PendingReply> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<PendingReply>((resolve) => {
		timer = setTimeout(() => resolve({ state: "pending", retryAfter: askAgain }), patience);
	});
	const work = run(context, request, principal);
	try {
		return await Promise.race([work, late]);
	} finally {
		clearTimeout(timer);
		// after a 202 nobody waits for the outcome any more; the next call finds it
		work.catch(() => undefined);
	}
}
