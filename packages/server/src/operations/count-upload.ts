import { type UploadPlan, uploadLife } from "#protocol";
import { UploadError } from "../errors.js";
import { writeLog } from "../hooks.js";
import { storageKey } from "../quarantine.js";
import type { SealedUpload } from "../token.js";
import { principalSegment } from "../uploads/key.js";
import type { Principal } from "../uploads/rule.js";
import { formatSize } from "../uploads/size.js";
import type { OpenUpload } from "./open-upload.js";
import type { OperationContext } from "./operation.js";

type QuotaContext = Pick<OperationContext, "quota" | "log">;

/** Frees what an upload holds. A failure is logged: a reservation ends by itself. */
export async function releaseUpload({ quota, log }: QuotaContext, uploadId: string): Promise<void> {
	try {
		await quota?.release(uploadId);
	} catch (cause) {
		writeLog(log, "error", { uploadId, reason: "quota.release threw", cause });
	}
}

/** Counts a stored object. @throws UploadError `internal`, after which the client calls complete again. */
export async function commitUpload(
	{ quota }: QuotaContext,
	uploadId: string,
	size: number,
): Promise<void> {
	try {
		await quota?.commit(uploadId, size);
	} catch (cause) {
		const message =
			"The file is stored, but the server could not finish the upload. Call complete again.";
		throw new UploadError("internal", message, {
			cause,
			reason: "quota.commit threw",
			retryAfter: 1,
		});
	}
}

/**
 * Reserves what an upload may store, and begins it. What could not be begun is released.
 *
 * @throws UploadError `quota-exceeded`, and whatever `begin` throws.
 */
export async function beginCounted(
	context: QuotaContext,
	upload: Pick<SealedUpload, "uploadId" | "begun" | "size"> & {
		readonly principal: Principal | null;
		/** The most that it may have. */
		readonly bytes: number;
	},
	begin: () => Promise<UploadPlan>,
): Promise<UploadPlan> {
	const { quota } = context;
	if (!quota) return begin();
	const { uploadId, begun, size, principal, bytes } = upload;
	const owner = principalSegment(principal);
	if ((await quota.reserve({ owner, uploadId, bytes, until: begun + uploadLife })) !== true) {
		const most = formatSize(bytes);
		const message =
			size === null
				? `A file of unknown size counts as the largest that this key accepts (${most}), which would exceed your quota. Send its size, or give the rule a smaller maxSize.`
				: `With this file of ${most} you would exceed your quota.`;
		throw new UploadError("quota-exceeded", message, { values: { size: bytes } });
	}
	try {
		const plan = await begin();
		if (plan.kind === "digest") await releaseUpload(context, uploadId);
		return plan;
	} catch (error) {
		await releaseUpload(context, uploadId);
		throw error;
	}
}

/** Frees what an aborted upload holds, or counts its object where it is stored already. */
export async function settleAborted(
	context: QuotaContext,
	{ provider, upload }: OpenUpload,
): Promise<void> {
	if (!context.quota) return;
	const { uploadId } = upload;
	// a file that has left quarantine may be at its key
	for (const key of new Set([storageKey(upload), upload.key])) {
		const found = await provider.head(key).catch(() => undefined);
		// unknown: the reservation ends by itself
		if (found === undefined) return;
		// Ceph joins to it by commas what the holder of the URL sends as X-Object-Meta-Skyput-Upload
		const isStored = found?.uploadId?.split(",").includes(uploadId);
		if (found && isStored) return commitUpload(context, uploadId, found.size);
	}
	await releaseUpload(context, uploadId);
}
