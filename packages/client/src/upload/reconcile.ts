import type { Checksum, CompleteReply, SinglePlan } from "#protocol";
import { hasCode, UploadError } from "../errors.js";
import { refusalOf } from "../http/problem.js";
import { abortTimeoutMs, complete, type UploadContext } from "./context.js";
import type { WithDigest } from "./plan.js";

/** The request to complete a single upload. */
export const completionOf = ({
	token,
	digest,
}: WithDigest<SinglePlan>): {
	readonly token: string;
	readonly checksum: Checksum | undefined;
} => ({
	token,
	checksum: digest,
});

/**
 * Asks the server for an object that was stored by one of these plans.
 *
 * @param maySkip whether to try the next plan after this error
 * @returns undefined when there is none.
 */
async function findCompleted(
	plans: Iterable<WithDigest<SinglePlan>>,
	completePlan: (plan: WithDigest<SinglePlan>) => Promise<CompleteReply>,
	maySkip: (error: unknown) => boolean,
): Promise<CompleteReply | undefined> {
	for (const plan of plans) {
		try {
			return await completePlan(plan);
		} catch (error) {
			if (!maySkip(error)) throw error;
		}
	}
	return undefined;
}

/** Whether the server refused the stored object. */
const isFinalRejection = (error: unknown): boolean =>
	hasCode(error, "rejected", "checksum-mismatch", "invalid-size", "unsupported-type");

/** Whether the server names what is wrong with its bucket, region or clock, which the storage's refusal may not tell. */
const isSetUpFault = (error: unknown): boolean =>
	hasCode(error, "storage-error") && !error.retryable && error.requestId !== undefined;

/**
 * Looks for the object of an attempt whose response was lost, before another plan is requested: its key may
 * differ, which would store a second object.
 */
export const findStored = (
	{ api, signal }: UploadContext,
	lost: ReadonlySet<WithDigest<SinglePlan>>,
): Promise<CompleteReply | undefined> =>
	findCompleted(
		lost,
		(plan) => api.complete(completionOf(plan), signal),
		(error) => !signal.aborted && !isFinalRejection(error) && !isSetUpFault(error),
	);

/**
 * Resolves a failed upload if an attempt whose response was lost stored the object.
 *
 * @throws UploadError the failure, or the server's refusal of the object.
 */
export async function recoverOrThrow(
	upload: UploadContext,
	lost: ReadonlySet<WithDigest<SinglePlan>>,
	failure: unknown,
): Promise<CompleteReply> {
	if (lost.size === 0) throw failure;
	await upload.gate.pass(upload.signal);
	const signal = AbortSignal.any([upload.signal, AbortSignal.timeout(abortTimeoutMs)]);
	const refusal = refusalOf(failure);
	const found = await findCompleted(
		lost,
		(plan) => complete({ ...upload, signal }, { ...completionOf(plan), refusal }),
		(error) => {
			if (isSetUpFault(error)) failure = error;
			// the log of this call has the refusal
			else if (refusal) {
				const { requestId } = error as UploadError;
				Object.assign(failure as UploadError, { requestId });
			}
			return !isFinalRejection(error);
		},
	);
	if (found) return found;
	throw failure;
}

/**
 * Ends an upload whose key exists: an attempt whose response was lost may have stored it, or the last one,
 * which a browser or proxy may have sent twice.
 *
 * @throws UploadError `already-exists` when another upload stored the object.
 */
export async function resolveKeyConflict(
	upload: UploadContext,
	lost: ReadonlySet<WithDigest<SinglePlan>>,
	last: WithDigest<SinglePlan>,
): Promise<CompleteReply> {
	const found = await findCompleted(
		new Set(lost).add(last),
		(plan) => complete(upload, completionOf(plan)),
		(error) =>
			hasCode(error, "already-exists", "upload-not-found") ||
			// the server could not look: without a lost response, the object is another upload's
			(lost.size === 0 && hasCode(error, "conflict")),
	);
	if (found) return found;
	throw new UploadError(
		"already-exists",
		"An object with this key exists. Choose another key, or allow overwriting.",
	);
}
