import type { Checksum, CompleteReply, SinglePlan } from "#protocol";
import { hasCode, UploadError } from "../errors.js";
import { abortTimeoutMs, complete, type UploadContext } from "./context.js";

/** What the server is asked to complete a single upload with. */
export const completion = (
	{ token, checksums }: SinglePlan,
	digest: Checksum | undefined,
): { readonly token: string; readonly checksum: Checksum | undefined } => ({
	token,
	checksum: digest && checksums.includes(digest.algorithm) ? digest : undefined,
});

/**
 * Has the server look for an object of one of these plans by its stamp.
 *
 * @param mayGoOn whether an error leaves open that there is none
 * @returns undefined where there is none.
 */
async function look(
	plans: Iterable<SinglePlan>,
	ask: (plan: SinglePlan) => Promise<CompleteReply>,
	mayGoOn: (error: unknown) => boolean,
): Promise<CompleteReply | undefined> {
	for (const plan of plans) {
		try {
			return await ask(plan);
		} catch (error) {
			if (!mayGoOn(error)) throw error;
		}
	}
	return undefined;
}

/** It is stored, and found wanting. */
const isVerdict = (error: unknown): boolean =>
	hasCode(error, "rejected", "checksum-mismatch", "invalid-size", "unsupported-type");

/**
 * Whether one of the attempts whose answer was lost has stored the object, before another plan is made:
 * that may name another key, where nothing would stand in the way of a second object.
 */
export const findStored = (
	{ api, signal }: UploadContext,
	lost: ReadonlySet<SinglePlan>,
	digest: Checksum | undefined,
): Promise<CompleteReply | undefined> =>
	look(
		lost,
		(plan) => api.complete(completion(plan, digest), signal),
		(error) => !signal.aborted && !isVerdict(error),
	);

/**
 * Ends an upload that failed with the truth, where an attempt whose answer was lost has stored the object.
 *
 * @throws UploadError the failure, or what the server finds wrong with the object.
 */
export async function endWithTruth(
	upload: UploadContext,
	lost: ReadonlySet<SinglePlan>,
	digest: Checksum | undefined,
	failure: unknown,
): Promise<CompleteReply> {
	if (lost.size === 0) throw failure;
	await upload.gate.pass(upload.signal);
	const signal = AbortSignal.any([upload.signal, AbortSignal.timeout(abortTimeoutMs)]);
	const found = await look(
		lost,
		(plan) => complete({ ...upload, signal }, completion(plan, digest)),
		(error) => !isVerdict(error),
	);
	if (found) return found;
	throw failure;
}

/**
 * Ends an upload whose key is taken: by an attempt whose answer was lost, or by the last one, which may have
 * been sent again on the way, unseen.
 *
 * @throws UploadError `already-exists` when the object is somebody else's.
 */
export async function endAsTaken(
	upload: UploadContext,
	lost: ReadonlySet<SinglePlan>,
	last: SinglePlan,
	digest: Checksum | undefined,
): Promise<CompleteReply> {
	const found = await look(
		new Set(lost).add(last),
		(plan) => complete(upload, completion(plan, digest)),
		(error) =>
			hasCode(error, "already-exists", "upload-not-found") ||
			// where the server may not look, it is hardly ours without a lost answer
			(lost.size === 0 && hasCode(error, "conflict")),
	);
	if (found) return found;
	throw new UploadError("already-exists", "The key is taken: choose another key.");
}
