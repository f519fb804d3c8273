import type { CompleteReply, PendingReply, StatusReply } from "#protocol";
import { UploadError } from "../errors.js";
import type { UploadOutcome } from "../outcomes.js";
import { verdictObjects } from "../verdict-objects.js";
import { commitUpload, releaseUpload } from "./count-upload.js";
import { defined } from "./fields.js";
import type { OpenUpload } from "./open-upload.js";
import type { OperationContext } from "./operation.js";
import type { Verification } from "./verify-bytes.js";

/** The reply until a file was processed: most pass in a second, and some wait for hours. */
const waiting = (begun: number): PendingReply => {
	const age = Date.now() / 1000 - begun;
	return { state: "pending", retryAfter: Math.min(Math.max(Math.round(age / 5), 1), 30) };
};

/** How processing ended, if it has. */
export const findOutcome = (
	{ outcomes }: OperationContext,
	{ provider, upload }: OpenUpload,
): Promise<UploadOutcome | undefined> =>
	(outcomes ?? verdictObjects(provider)).find(upload.uploadId);

/** An outcome as `status` tells it. */
export function describeOutcome({ state, reason }: UploadOutcome): StatusReply {
	if (state === "available") return { state };
	return { state: state === "held" ? "pending" : "rejected", ...defined({ reason }) };
}

/**
 * The reply to `complete` for a file that is stored in quarantine.
 *
 * @param stored - As verified; absent where it is in quarantine no more.
 * @throws UploadError `rejected`.
 */
export async function settleQuarantined(
	context: OperationContext,
	{ upload }: OpenUpload,
	settled: {
		readonly outcome: UploadOutcome | undefined;
		readonly stored?: (Verification & { readonly size: number }) | undefined;
		readonly wait: boolean;
	},
): Promise<CompleteReply | PendingReply> {
	const { outcome, stored, wait } = settled;
	const { uploadId, key } = upload;
	if (outcome?.state === "rejected") {
		await releaseUpload(context, uploadId);
		const { reason = "rejected", detail = reason } = outcome;
		throw new UploadError("rejected", detail, { values: { reason } });
	}
	if (!outcome && wait) return waiting(upload.begun);
	const size = outcome?.size ?? stored?.size ?? 0;
	await commitUpload(context, uploadId, size);
	const available = outcome?.state === "available";
	const { etag, version, data }: Partial<UploadOutcome> = available ? outcome : {};
	const { checksum, verified = false } = stored ?? {};
	const described = { key, size, ...defined({ etag, version, checksum }) };
	const proof = available ? await context.signProof?.(described, upload) : undefined;
	const reason = available ? undefined : outcome?.reason;
	return { ...described, verified, available, ...defined({ data, proof, reason }) };
}
