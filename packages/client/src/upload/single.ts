import type { Checksum, CompleteReply, SinglePlan } from "#protocol";
import { hasCode, UploadError } from "../errors.js";
import { type Sent, sendWithRetry } from "../http/send.js";
import type { UploadBody } from "../platform.js";
import { digestBody } from "./checksum.js";
import { complete, type UploadContext } from "./context.js";
import { requestPlan } from "./plan.js";
import { completionOf, findStored, recoverOrThrow, resolveKeyConflict } from "./reconcile.js";
import { startValidity } from "./validity.js";

/**
 * Stores the whole file by one request.
 *
 * @param offered the digest that the plan was requested with: a guess of the algorithm, or none for a file
 *   that was meant for parts
 */
export async function sendSingle(
	upload: UploadContext,
	first: SinglePlan,
	file: UploadBody,
	offered: Checksum | undefined,
): Promise<CompleteReply> {
	const { platform, settings, signal, slot } = upload;
	// the plan tells what this storage verifies
	const algorithm = first.checksums.find((name) => platform.hashers[name]);
	if (!settings.checksum || !algorithm || completionOf(first, offered).checksum) {
		return await sendByPlan(upload, first, file, offered);
	}
	// a file that was meant for parts has no slot yet
	await slot.acquire();
	const digest = await digestBody(file, algorithm, platform, signal);
	return await sendByPlan(upload, await requestPlan(upload, digest, "single"), file, digest);
}

async function sendByPlan(
	upload: UploadContext,
	first: SinglePlan,
	file: UploadBody,
	digest: Checksum | undefined,
): Promise<CompleteReply> {
	const { signal, slot, meter } = upload;
	const { size } = file;
	const progress = meter.slot(size);
	let plan = first;
	let validity = startValidity(plan.request.expiresIn);
	/** Plans under which an attempt may have stored the object although its response was lost. */
	const lost = new Set<SinglePlan>();

	let found: CompleteReply | undefined;
	let sent: Sent;
	try {
		sent = await sendWithRetry(upload, {
			body: file,
			signal,
			async nextRequest(previous) {
				if (previous?.lost) lost.add(plan);
				// while paused, no failed attempt is repeated
				await slot.acquire();
				if (previous?.refused || !validity.usable()) {
					found = await findStored(upload, lost, digest);
					if (found) throw new UploadError("already-exists", "An earlier attempt has stored it.");
					plan = await requestPlan(upload, digest, "single");
					validity = startValidity(plan.request.expiresIn);
				}
				return plan.request;
			},
			onSent: progress.sent,
			async isStored() {
				try {
					found = await upload.api.complete(completionOf(plan, digest), signal);
					return true;
				} catch (error) {
					if (hasCode(error, "upload-not-found")) return false;
					throw error;
				}
			},
		}).finally(slot.release);
	} catch (error) {
		if (found) return found;
		// a gateway's 502 does not tell whether the object was stored
		if (error instanceof UploadError && (error.retryable || error.code === "cors")) lost.add(plan);
		return await recoverOrThrow(upload, lost, digest, error);
	}
	if (sent.exists) return await resolveKeyConflict(upload, lost, plan, digest);
	progress.stored();
	if (found) return found;
	const request = completionOf(plan, digest);
	if (plan.confirm) return await complete(upload, request);
	const etag = sent.receipt;
	const { checksum } = request;
	return { key: plan.key, size, ...(etag ? { etag } : {}), ...(checksum ? { checksum } : {}) };
}
