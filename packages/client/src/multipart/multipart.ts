import type { CompleteReply } from "#protocol";
import { hasCode, incompatibleReply, type UploadError } from "../errors.js";
import { nextTask, sleep } from "../http/wait.js";
import { responseTimeout } from "../transport-errors.js";
import type { UploadContext } from "../upload/context.js";
import { commit, sizeOf } from "./commit.js";
import { fits, type Part, type PartsPlan, planFileParts } from "./part.js";
import { checkInterval } from "./part-attempts.js";
import { createPartUrls, maxInFlight } from "./part-urls.js";
import { runPool } from "./pool.js";
import { completeWithRepair } from "./resend-parts.js";
import { completeMissingUpload } from "./resolve-missing-upload.js";
import { createResponseTimes } from "./response-times.js";
import type { Resumption } from "./resume.js";
import { digestPart, type PartSending, sendPart } from "./send-part.js";
import { planWithDigests, sendStream } from "./send-stream.js";
import { createStragglerWatch } from "./stragglers.js";

/**
 * Stores the file in parts and has the server join them.
 *
 * @param resumption records for another run what is done
 * @throws UploadError `unsupported` for a plan that does not divide this file.
 */
export async function sendMultipart(
	upload: UploadContext,
	plan: PartsPlan,
	resumption?: Resumption,
): Promise<CompleteReply> {
	const { settings, platform, source, meter, setPhase, addEvent } = upload;
	if (!fits(plan, source.size)) throw incompatibleReply();
	const ended = new AbortController();
	const signal = AbortSignal.any([upload.signal, ended.signal]);
	const stream = "take" in source ? source : undefined;
	const parts = "slice" in source ? planFileParts(upload, source, plan) : [];
	const algorithm = settings.checksum ? plan.algorithm : undefined;
	const urls = createPartUrls(upload, plan, signal);
	// those beyond the limiter's limit wait: a later window may name more hosts
	const concurrency = Math.min(settings.ceiling, maxInFlight);
	const stragglers = createStragglerWatch(
		source.size,
		createResponseTimes(responseTimeout(settings.stallTimeout)),
	);
	const sending: PartSending = { upload, urls, algorithm, stragglers, receiptsHidden: false };
	/** Sends the slowest part once more on a connection that has nothing else to send. */
	const idle = async (ended: AbortSignal): Promise<void> => {
		for (;;) {
			await sleep(checkInterval, ended);
			await stragglers.slowest()?.copy();
		}
	};
	const stored = new Set(parts.filter(({ stored }) => stored));
	meter.begin(source.size, plan.missingOnStorage ? 0 : sizeOf(stored));
	if (plan.missingOnStorage) return await completeMissingUpload(upload, plan, parts);
	// the first bytes wait for neither; a small file that the server wants in parts has no samples yet
	const recorded = resumption?.begin(plan, parts);
	if ("slice" in source) void nextTask().then(() => platform.takeSamples?.(source));
	const send = (some: Iterable<Part> | AsyncIterable<Part>): Promise<void> =>
		runPool(some, { concurrency, signal, idle }, async (part, either) => {
			if (part.stored) await digestPart(sending, part, either);
			else await sendPart(sending, part, either);
			resumption?.scheduleWrite();
			addEvent({ type: "parts", stored: stored.add(part).size, ...stragglers.times.read() });
		});
	/** Whether the storage may want a digest with every part: the server tells. */
	const mayWantDigests = (error: unknown): error is UploadError =>
		stored.size === 0 && isRefusal(error);
	let refused: UploadError | undefined;
	try {
		if (stream) {
			const replan = async (error: unknown): Promise<PartsPlan> => {
				if (!mayWantDigests(error)) throw error;
				const next = await planWithDigests(upload, plan, error);
				sending.urls = createPartUrls(upload, next, signal);
				sending.algorithm = next.algorithm;
				return next;
			};
			return await sendStream(upload, plan, stream, { parts, signal, send, replan });
		}
		const unfinished = parts.filter(({ stored, digest }) => !stored || (algorithm && !digest));
		return await completeWithRepair(upload, parts, {
			algorithm,
			first: unfinished,
			async send(some) {
				setPhase("uploading");
				try {
					await send(some);
					return true;
				} catch (error) {
					if (hasCode(error, "upload-not-found")) return false;
					if (mayWantDigests(error)) {
						refused = error;
						return false;
					}
					throw error;
				}
			},
			async end(sent) {
				// removed, or joined by a call whose response was lost
				if (!sent) return await completeMissingUpload(upload, plan, parts, refused);
				const check = "slice" in source && platform.checkSamples?.(source, signal);
				await Promise.all([resumption?.flush(), check]);
				return await commit(upload, plan, parts);
			},
		});
	} finally {
		// windows that are still being fetched ahead are useless now
		ended.abort();
		// an upload that fails at once is kept if it is on record
		if (!upload.signal.aborted) await recorded;
	}
}

/** Whether the storage found fault with the request, and would again. */
const isRefusal = (error: unknown): error is UploadError =>
	hasCode(error, "storage-error", "unsupported") && error.status === 400 && !error.retryable;
