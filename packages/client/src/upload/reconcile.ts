import type { Checksum, CompleteReply, SinglePlan } from "#protocol";
import { hasCode, UploadError } from "../errors.js";
import { abortTimeoutMs, complete, type UploadContext } from "./context.js";
import type { Digested } from "./plan.js";

/** What the server is asked to complete a single upload with. */
export const completionOf = ({
	token,
	digest,
}: Digested<SinglePlan>): { readonly token: string; readonly checksum: Checksum | undefined } => ({
	token,
	checksum: digest,
});

/**
 * Has the server look for an object that was stored under one of these plans.
 *
 * @param maySkip whether an error leaves open that another plan was stored
 * @returns undefined where there is none.
 */
async function findCompleted(
	plans: Iterable<Digested<SinglePlan>>,
	completePlan: (plan: Digested<SinglePlan>) => Promise<CompleteReply>,
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

/** The object is stored, and refused. */
const isFinalRejection = (error: unknown): boolean =>
	hasCode(error, "rejected", "checksum-mismatch", "invalid-size", "unsupported-type");

/**
 * Looks for the object of an attempt whose response was lost, before another plan is made: that may name
 * another key, where nothing would prevent a second object.
 */
export const findStored = (
	{ api, signal }: UploadContext,
	lost: ReadonlySet<Digested<SinglePlan>>,
): Promise<CompleteReply | undefined> =>
	findCompleted(
		lost,
		(plan) => api.complete(completionOf(plan), signal),
		(error) => !signal.aborted && !isFinalRejection(error),
	);

/**
 * Ends a failed upload successfully where an attempt whose response was lost has stored the object.
 *
 * @throws UploadError the failure, or why the server refuses the object.
 */
export async function recoverOrThrow(
	upload: UploadContext,
	lost: ReadonlySet<Digested<SinglePlan>>,
	failure: unknown,
): Promise<CompleteReply> {
	if (lost.size === 0) throw failure;
	await upload.gate.pass(upload.signal);
	const signal = AbortSignal.any([upload.signal, AbortSignal.timeout(abortTimeoutMs)]);
	const found = await findCompleted(
		lost,
		(plan) => complete({ ...upload, signal }, completionOf(plan)),
		(error) => !isFinalRejection(error),
	);
	if (found) return found;
	throw failure;
}

/**
 * Ends an upload whose key is taken: by an attempt whose response was lost, or by the last one, which a
 * browser or proxy may have sent twice.
 *
 * @throws UploadError `already-exists` when the object is of another upload.
 */
export async function resolveKeyConflict(
	upload: UploadContext,
	lost: ReadonlySet<Digested<SinglePlan>>,
	last: Digested<SinglePlan>,
): Promise<CompleteReply> {
	const found = await findCompleted(
		new Set(lost).add(last),
		(plan) => complete(upload, completionOf(plan)),
		(error) =>
			hasCode(error, "already-exists", "upload-not-found") ||
			// where the server may not look, the object is hardly ours unless a response was lost
			(lost.size === 0 && hasCode(error, "conflict")),
	);
	if (found) return found;
	throw new UploadError("already-exists", "The key is taken: choose another key.");
}
