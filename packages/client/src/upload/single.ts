import type { CompleteReply, SinglePlan } from "#protocol";
import { hasCode, UploadError } from "../errors.js";
import { refusalOf } from "../http/problem.js";
import { type Sent, sendWithRetry } from "../http/send.js";
import type { UploadBody } from "../platform.js";
import { complete, type UploadContext } from "./context.js";
import { requestPlan, type WithDigest } from "./plan.js";
import { completionOf, findStored, recoverOrThrow, resolveKeyConflict } from "./reconcile.js";
import { startValidityTimer } from "./validity-timer.js";

/** Stores the whole file by one request. */
export async function sendSingle(
	upload: UploadContext,
	first: WithDigest<SinglePlan>,
	file: UploadBody,
): Promise<CompleteReply> {
	const { signal, slot, meter, throttle } = upload;
	const { size } = file;
	const progress = meter.slot(size);
	let plan = first;
	let validity = startValidityTimer(plan.request.expiresIn);
	/** Plans under which an attempt may have stored the object although its response was lost. */
	const lost = new Set<WithDigest<SinglePlan>>();

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
					found = await findStored(upload, lost);
					if (found) throw new UploadError("already-exists", "An earlier attempt has stored it.");
					const { digest } = plan;
					plan = await requestPlan(upload, { kinds: ["single"], file, digest });
					validity = startValidityTimer(plan.request.expiresIn);
				}
				return plan.request;
			},
			onSent(bytes) {
				slot.sent(bytes);
				progress.sent(bytes);
			},
			pace: throttle?.pace,
			async isStored(ok) {
				try {
					found = await upload.api.complete(completionOf(plan), signal);
					return true;
				} catch (error) {
					// what was stored before says nothing of a proxy's answer
					const isOld = !ok && hasCode(error, "already-exists", "conflict");
					if (isOld || hasCode(error, "upload-not-found")) return false;
					throw error;
				}
			},
		}).finally(slot.release);
	} catch (error) {
		if (found) return found;
		// a gateway's 502 does not tell whether the object was stored
		if (error instanceof UploadError && (error.retryable || error.code === "cors")) lost.add(plan);
		// the server meets the same refusal, and knows bucket, region and clock
		if (refusalOf(error)) lost.add(plan);
		return await recoverOrThrow(upload, lost, error);
	}
	if (sent.exists) return await resolveKeyConflict(upload, lost, plan);
	progress.stored();
	if (found) return found;
	if (plan.confirm) return await complete(upload, completionOf(plan));
	const { receipt: etag } = sent;
	const { key, digest: checksum } = plan;
	const verified = checksum !== undefined;
	return { key, size, ...(etag && { etag }), ...(checksum && { checksum }), verified };
}
