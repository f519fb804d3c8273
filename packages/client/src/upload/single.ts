import type { Checksum, CompleteReply, SinglePlan } from "#protocol";
import { UploadError } from "../errors.js";
import { type Sent, sendBytes } from "../http/send.js";
import type { UploadBody } from "../platform.js";
import { digestBody } from "./checksum.js";
import type { UploadContext } from "./context.js";
import { complete } from "./context.js";
import { askForPlan } from "./plan.js";
import { completion, endAsTaken, endWithTruth, findStored } from "./reconcile.js";
import { startValidity } from "./validity.js";

/**
 * Stores the whole file by one request.
 *
 * @param offered the digest of the file that was offered for the plan: a guess, or none for a file that
 *   was to go in parts
 */
export async function sendSingle(
	upload: UploadContext,
	first: SinglePlan,
	file: UploadBody,
	offered: Checksum | undefined,
): Promise<CompleteReply> {
	const { platform, settings, signal, slot } = upload;
	// only now is it known what this storage verifies
	const algorithm = first.checksums.find((name) => platform.hashers[name]);
	if (!settings.checksum || !algorithm || completion(first, offered).checksum) {
		return await sendBy(upload, first, file, offered);
	}
	// a file that was to go in parts has not waited for its turn yet
	await slot.acquire();
	const digest = await digestBody(file, algorithm, platform, signal);
	return await sendBy(upload, await askForPlan(upload, digest, "single"), file, digest);
}

async function sendBy(
	upload: UploadContext,
	first: SinglePlan,
	file: UploadBody,
	digest: Checksum | undefined,
): Promise<CompleteReply> {
	const { platform, settings, signal, slot, meter } = upload;
	const { size } = file;
	const progress = meter.slot(size);
	let plan = first;
	let validity = startValidity(plan.request.expiresIn);
	/** Plans under which an attempt may have stored the object although its answer was lost. */
	const lost = new Set<SinglePlan>();
	const wanted = settings.checksum ? first.verify?.algorithm : undefined;
	const known = digest?.algorithm === wanted ? digest?.value : undefined;

	let found: CompleteReply | undefined;
	let sent: Sent;
	try {
		sent = await sendBytes(
			upload,
			file,
			signal,
			async (before) => {
				if (before?.lost) lost.add(plan);
				// what failed is not sent again while paused
				await slot.acquire();
				if (before?.refused || !validity.usable()) {
					found = await findStored(upload, lost, digest);
					if (found) throw new UploadError("already-exists", "It is stored, by an own attempt.");
					plan = await askForPlan(upload, digest, "single");
					validity = startValidity(plan.request.expiresIn);
				}
				return plan.request;
			},
			progress.sent,
			wanted && !known ? platform.hashers[wanted] : undefined,
		).finally(slot.release);
	} catch (error) {
		if (found) return found;
		// a gateway's 502 tells no more of the storage than silence does
		if (error instanceof UploadError && (error.retryable || error.code === "cors")) lost.add(plan);
		return await endWithTruth(upload, lost, digest, error);
	}
	if (sent.special === "exists") return await endAsTaken(upload, lost, plan, digest);
	progress.stored();
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
	const request = completion(plan, digest);
	if (sent.special || confirm || (verify && !seen)) return await complete(upload, request);
	const etag = sent.headers?.get("etag");
	const { checksum } = request;
	return { key, size, ...(etag ? { etag } : {}), ...(checksum ? { checksum } : {}) };
}

/** A header holds the digest alone, or in a list such as `crc32c=…,md5=…`. */
function namesDigest(header: string, algorithm: string, value: string): boolean {
	const items = header.split(/\s*,\s*/);
	return items.includes(value) || items.includes(`${algorithm}=${value}`);
}
