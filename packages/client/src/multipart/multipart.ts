import type { Checksum, CompleteReply, PartWindow } from "#protocol";
import { hasCode, UploadError } from "../errors.js";
import { sendBytes } from "../http/send.js";
import { digestBody } from "../upload/checksum.js";
import { createSlot } from "../upload/concurrency-limiter.js";
import type { UploadContext } from "../upload/context.js";
import { complete } from "../upload/context.js";
import { combineParts } from "./crc32-combine.js";
import { cut, type Part, type PartsPlan } from "./part.js";
import { createPartUrls, type PartUrls, requestOf } from "./part-urls.js";
import { runPool } from "./pool.js";
import { repairing } from "./resend-parts.js";
import { settle } from "./resolve-missing-upload.js";
import type { Resumption } from "./resume.js";
import { beyondRepair, takeParts } from "./stream-parts.js";

/**
 * Stores the file in parts and has the server join them.
 *
 * @param resumption remembers for another run what is done
 */
export async function sendMultipart(
	upload: UploadContext,
	plan: PartsPlan,
	resumption?: Resumption,
): Promise<CompleteReply> {
	const { settings, source, meter, setPhase } = upload;
	const ended = new AbortController();
	const signal = AbortSignal.any([upload.signal, ended.signal]);
	const urls = createPartUrls(upload, plan, signal);
	const stream = "take" in source ? source : undefined;
	const parts = "slice" in source ? cut(upload, source, plan) : [];
	meter.begin(source.size, plan.gone ? 0 : sizeOf(parts.filter(({ stored }) => stored)));
	if (plan.gone) return await settle(upload, parts);
	await resumption?.begin(plan, parts);
	const digesting = settings.checksum && plan.checksums.includes("crc32");
	const send = (some: Iterable<Part> | AsyncIterable<Part>): Promise<void> =>
		runPool(some, settings.concurrency, signal, async (part, either) => {
			if (part.stored) await digestPart(upload, part, either);
			else await sendPart(upload, urls, part, digesting, either);
			resumption?.note();
		});
	try {
		if (stream) {
			await send(takeParts(upload, stream, plan, parts, signal));
			return await commit(upload, plan, parts);
		}
		const unfinished = parts.filter(({ stored, digest }) => !stored || (digesting && !digest));
		return await repairing(
			parts,
			unfinished,
			async (some) => {
				setPhase("uploading");
				try {
					await send(some);
					return true;
				} catch (error) {
					if (hasCode(error, "upload-not-found")) return false;
					throw error;
				}
			},
			async (sent) => {
				// swept away, or joined as it was by a call of which no answer came
				if (!sent) return await settle(upload, parts);
				await resumption?.flush();
				return await commit(upload, plan, parts);
			},
		);
	} catch (error) {
		const unrepaired =
			stream && hasCode(error, "checksum-mismatch", "invalid-parts", "upload-not-found");
		throw unrepaired ? beyondRepair(error) : error;
	} finally {
		// windows that are still being fetched ahead have no more use
		ended.abort();
	}
}

/** An earlier run stored it, and nobody knows its digest any more: reading is cheaper than sending. */
async function digestPart(
	{ platform }: UploadContext,
	part: Part,
	signal: AbortSignal,
): Promise<void> {
	part.digest = (await digestBody(part.body(), "crc32", platform, signal))?.value;
}

async function sendPart(
	upload: UploadContext,
	urls: PartUrls,
	part: Part,
	digesting: boolean,
	signal: AbortSignal,
): Promise<void> {
	const { platform, settings, client, gate } = upload;
	const slot = createSlot(client.limiter, gate, signal);
	const { partNumber, progress } = part;
	const body = part.body();
	/** Read beforehand, where the storage wants the digest in a header. */
	let known: Checksum | undefined;
	let window: PartWindow | undefined;

	const { special, headers, digest } = await sendBytes(
		upload,
		body,
		signal,
		async (before) => {
			// what failed is not sent again while paused
			await slot.acquire();
			part.begin?.();
			window = await urls.windowFor(part, signal, before?.refused ? window : undefined);
			const request = requestOf(window, partNumber);
			if (!window.partChecksum || !settings.checksum) return request;
			const { algorithm, header } = window.partChecksum;
			if (known?.algorithm !== algorithm) {
				known = await digestBody(body, algorithm, platform, signal);
			}
			return known
				? { ...request, headers: { ...request.headers, [header]: known.value } }
				: request;
		},
		progress.sent,
		digesting ? platform.hashers.crc32 : undefined,
	).finally(slot.release);
	if (special) {
		// `ask`, as where the storage knows no such upload: only the server can tell, and it can at once
		throw new UploadError("upload-not-found", "The storage forgot the upload: begin it again.");
	}
	progress.stored();
	part.stored = true;
	part.release?.();
	const header = window?.receiptHeader;
	part.receipt = (header && headers?.get(header)) || undefined;
	part.digest = digest;
}

const sizeOf = (parts: readonly Part[]): number => parts.reduce((sum, { size }) => sum + size, 0);

const commit = (
	upload: UploadContext,
	{ size }: PartsPlan,
	parts: readonly Part[],
): Promise<CompleteReply> =>
	complete(upload, {
		token: upload.token,
		size: size === null ? sizeOf(parts) : undefined,
		parts: parts.map(({ partNumber, receipt, digest }) => ({
			partNumber,
			receipt,
			checksum: digest ? { algorithm: "crc32", value: digest } : undefined,
		})),
		checksum: combineParts(parts),
	});
