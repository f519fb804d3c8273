import type { Checksum, CompleteReply, SinglePlan } from "#protocol";
import { hasCode, UploadError } from "../errors.js";
import { type Sent, sendBytes } from "../http/send.js";
import type { UploadBody } from "../platform.js";
import { digestBody } from "./checksum.js";
import { complete } from "./complete.js";
import { askForPlan } from "./plan.js";
import { longestFarewell, type Session } from "./session.js";
import { startValidity } from "./validity.js";

/**
 * Stores the whole file by one request.
 *
 * @param offered the digest of the file that was offered for the plan: a guess, or none for a file that
 *   was to go in parts
 */
export async function sendSingle(
	session: Session,
	first: SinglePlan,
	file: UploadBody,
	offered: Checksum | undefined,
): Promise<CompleteReply> {
	const { platform, settings, signal } = session;
	// only now is it known what this storage verifies
	const algorithm = first.checksums.find((name) => platform.hashers[name]);
	if (!settings.checksum || !algorithm || usable(offered, first)) {
		return await sendBy(session, first, file, offered);
	}
	const digest = await digestBody(file, algorithm, platform, signal);
	return await sendBy(session, await askForPlan(session, digest, "single"), file, digest);
}

async function sendBy(
	session: Session,
	first: SinglePlan,
	file: UploadBody,
	digest: Checksum | undefined,
): Promise<CompleteReply> {
	const { platform, settings, signal, lane, meter } = session;
	const { size } = file;
	const slot = meter.slot(size);
	let plan = first;
	let validity = startValidity(plan.request.expiresIn);
	/** Plans under which an attempt may have stored the object although its answer was lost. */
	const lost = new Set<SinglePlan>();
	const wanted = settings.checksum ? first.verify?.algorithm : undefined;
	const known = digest?.algorithm === wanted ? digest?.value : undefined;

	let sent: Sent | undefined;
	let failure: unknown;
	try {
		sent = await sendBytes(
			session,
			file,
			signal,
			async (before) => {
				if (before?.lost) lost.add(plan);
				// what failed is not sent again while paused
				await lane.enter();
				if (before?.refused || !validity.usable()) {
					plan = await askForPlan(session, digest, "single");
					validity = startValidity(plan.request.expiresIn);
				}
				return plan.request;
			},
			slot.sent,
			wanted && !known ? platform.hashers[wanted] : undefined,
		).finally(lane.leave);
	} catch (error) {
		// a gateway's 502 tells no more of the storage than silence does
		if (error instanceof UploadError && (error.retryable || error.code === "cors")) lost.add(plan);
		failure = error;
	}
	if (!sent || sent.special === "exists") {
		return await findOwn(session, lost, plan, digest, failure);
	}
	slot.stored();
	const { key, verify, confirm } = plan;
	const seen = verify && sent.headers?.get(verify.header);
	const own = known ?? sent.digest;
	if (seen && own !== undefined && !namesDigest(seen, verify.algorithm, own)) {
		throw new UploadError(
			"checksum-mismatch",
			"The stored bytes differ from the file: send it again.",
		);
	}
	// a header that the storage or its CORS rule withholds leaves the look to the server
	if (sent.special || confirm || (verify && !seen)) return await commit(session, plan, digest);
	const etag = sent.headers?.get("etag");
	const checksum = usable(digest, plan);
	return { key, size, ...(etag ? { etag } : {}), ...(checksum ? { checksum } : {}) };
}

const commit = (
	session: Session,
	plan: SinglePlan,
	digest: Checksum | undefined,
): Promise<CompleteReply> =>
	complete(session, { token: plan.token, checksum: usable(digest, plan) });

const usable = (digest: Checksum | undefined, plan: SinglePlan): Checksum | undefined =>
	digest && plan.checksums.includes(digest.algorithm) ? digest : undefined;

/**
 * Has the server look for an own object by its stamp: after a failure, one of an attempt whose answer was
 * lost; or else where the key is taken, also one of the last plan, whose request may have been sent again
 * on the way, unseen.
 */
async function findOwn(
	session: Session,
	lost: Set<SinglePlan>,
	last: SinglePlan,
	digest: Checksum | undefined,
	failure: unknown,
): Promise<CompleteReply> {
	const { signal } = session;
	const patience = failure
		? AbortSignal.any([signal, AbortSignal.timeout(longestFarewell)])
		: signal;
	const unsure = lost.size > 0;
	for (const plan of failure ? lost : lost.add(last)) {
		try {
			return await commit({ ...session, signal: patience }, plan, digest);
		} catch (error) {
			// where the server may not look, it is hardly ours without a lost answer
			const decided = unsure || !hasCode(error, "conflict");
			if (!failure && decided && !hasCode(error, "already-exists", "upload-not-found")) throw error;
		}
	}
	throw failure ?? new UploadError("already-exists", "The key is taken: choose another key.");
}

/** A header holds the digest alone, or in a list such as `crc32c=…,md5=…`. */
function namesDigest(header: string, algorithm: string, value: string): boolean {
	const items = header.split(/\s*,\s*/);
	return items.includes(value) || items.includes(`${algorithm}=${value}`);
}
