import type { CompleteReply, PendingReply, StatusReply } from "#protocol";
import { UploadError } from "../errors.js";
import type { OutcomeStore, UploadOutcome } from "../outcomes.js";
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

const storeOf = ({ outcomes }: OperationContext, { provider }: OpenUpload): OutcomeStore =>
	outcomes ?? verdictObjects(provider);

/** How processing ended, if it has. */
export const findOutcome = (
	context: OperationContext,
	open: OpenUpload,
): Promise<UploadOutcome | undefined> => storeOf(context, open).find(open.upload.uploadId);

/**
 * Records that a file in quarantine gets no key because its bytes differ from the client's.
 *
 * @param error - `checksum-mismatch`; returned where the file has another outcome, or none can be recorded.
 * @returns The error to throw: with `restart`, where the file is rejected now.
 */
export async function rejectDiffering(
	context: OperationContext,
	open: OpenUpload,
	error: UploadError,
): Promise<UploadError> {
	const { uploadId, key, size } = open.upload;
	const outcome: UploadOutcome = {
		state: "rejected",
		reason: error.code,
		detail: "The stored bytes differ from the file.",
		key,
		size: size ?? 0,
		time: new Date().toISOString(),
	};
	const store = storeOf(context, open);
	const recorded = await store.finish(uploadId, outcome).catch(() => undefined);
	if (recorded?.state !== "rejected") return error;
	await releaseUpload(context, uploadId);
	const message = "The stored bytes differ from the file and were rejected. Upload it again.";
	return new UploadError(error.code, message, { restart: true });
}

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
