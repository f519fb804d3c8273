import type { Checksum, CompleteReply, PartWindow } from "#protocol";
import { combineParts } from "../digests/combine-crc.js";
import { hasCode, UploadError } from "../errors.js";
import { sendWithRetry } from "../http/send.js";
import type { StreamSource } from "../platform.js";
import { digestBody } from "../upload/checksum.js";
import { createSlot } from "../upload/concurrency-limiter.js";
import { complete, type UploadContext } from "../upload/context.js";
import { type Part, type PartsPlan, planFileParts } from "./part.js";
import { createPartUrls, type PartUrls, requestOf } from "./part-urls.js";
import { runPool } from "./pool.js";
import { completeWithRepair } from "./resend-parts.js";
import { completeMissingUpload } from "./resolve-missing-upload.js";
import type { Resumption } from "./resume.js";
import { streamParts, unrepairableStreamError } from "./stream-parts.js";

/** What the sending of all parts has in common. */
interface PartSending {
	readonly upload: UploadContext;
	readonly urls: PartUrls;
	/** Whether the CRC-32 of each part is computed. */
	readonly digesting: boolean;
}

/**
 * Stores the file in parts and has the server join them.
 *
 * @param resumption records for another run what is done
 */
export async function sendMultipart(
	upload: UploadContext,
	plan: PartsPlan,
	resumption?: Resumption,
): Promise<CompleteReply> {
	const { settings, source, meter, setPhase, note } = upload;
	const ended = new AbortController();
	const signal = AbortSignal.any([upload.signal, ended.signal]);
	const stream = "take" in source ? source : undefined;
	const parts = "slice" in source ? planFileParts(upload, source, plan) : [];
	const digesting = settings.checksum && plan.checksums.includes("crc32");
	const sending = { upload, urls: createPartUrls(upload, plan, signal), digesting };
	const stored = new Set(parts.filter(({ stored }) => stored));
	meter.begin(source.size, plan.missingOnStorage ? 0 : sizeOf(stored));
	if (plan.missingOnStorage) return await completeMissingUpload(upload, parts);
	await resumption?.begin(plan, parts);
	const send = (some: Iterable<Part> | AsyncIterable<Part>): Promise<void> =>
		runPool(some, settings.concurrency, signal, async (part, either) => {
			if (part.stored) await digestPart(upload, part, either);
			else await sendPart(sending, part, either);
			resumption?.scheduleWrite();
			note({ type: "parts", stored: stored.add(part).size });
		});
	try {
		if (stream) return await sendStream(upload, plan, stream, { parts, signal, send });
		const unfinished = parts.filter(({ stored, digest }) => !stored || (digesting && !digest));
		return await completeWithRepair(
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
				// removed, or joined by a call whose response was lost
				if (!sent) return await completeMissingUpload(upload, parts);
				await resumption?.flush();
				return await commit(upload, plan, parts);
			},
		);
	} finally {
		// windows that are still being fetched ahead are useless now
		ended.abort();
	}
}

async function sendStream(
	upload: UploadContext,
	plan: PartsPlan,
	stream: StreamSource,
	{
		parts,
		signal,
		send,
	}: {
		readonly parts: Part[];
		readonly signal: AbortSignal;
		readonly send: (some: AsyncIterable<Part>) => Promise<void>;
	},
): Promise<CompleteReply> {
	try {
		await send(streamParts(upload, plan, stream, { parts, signal }));
		return await commit(upload, plan, parts);
	} catch (error) {
		throw hasCode(error, "checksum-mismatch", "invalid-parts", "upload-not-found")
			? unrepairableStreamError(error)
			: error;
	}
}

/** An earlier run stored it, and its digest is unknown: reading costs less than sending. */
async function digestPart(
	{ platform }: UploadContext,
	part: Part,
	signal: AbortSignal,
): Promise<void> {
	part.digest = (await digestBody(part.body(), "crc32", platform, signal))?.value;
}

async function sendPart(
	{ upload, urls, digesting }: PartSending,
	part: Part,
	signal: AbortSignal,
): Promise<void> {
	const { platform, settings, client, gate } = upload;
	const slot = createSlot(client.limiter, gate, signal);
	const { partNumber, progress } = part;
	const body = part.body();
	/** Computed beforehand, where the storage wants the digest in a header. */
	let known: Checksum | undefined;
	let window: PartWindow | undefined;

	const { outcome, headers, digest } = await sendWithRetry(upload, {
		body,
		signal,
		async nextRequest(previous) {
			// while paused, no failed attempt is repeated
			await slot.acquire();
			part.begin?.();
			window = await urls.windowFor(part, signal, previous?.refused ? window : undefined);
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
		onSent: progress.sent,
		hasher: digesting ? platform.hashers.crc32 : undefined,
	}).finally(slot.release);
	if (outcome) {
		// `ask`, as where the storage knows no such upload: the server looks at once
		throw new UploadError("upload-not-found", "The storage forgot the upload: begin it again.");
	}
	progress.stored();
	upload.note({ type: "parts", stored: upload.meter.storedCount() });
	part.stored = true;
	part.release?.();
	const header = window?.receiptHeader;
	part.receipt = (header && headers?.get(header)) || undefined;
	part.digest = digest;
}

const sizeOf = (parts: Iterable<Part>): number => {
	let sum = 0;
	for (const { size } of parts) sum += size;
	return sum;
};

const commit = async (
	upload: UploadContext,
	{ size }: PartsPlan,
	parts: readonly Part[],
): Promise<CompleteReply> =>
	await complete(upload, {
		size: size === null ? sizeOf(parts) : undefined,
		checksum: combineParts("crc32", parts),
		receipts: await digestReceipts(parts),
	});

/** Undefined unless all receipts are known; pages over plain http compute no digest. */
async function digestReceipts(parts: readonly Part[]): Promise<string | undefined> {
	if (!crypto.subtle || !parts.every(({ receipt }) => receipt)) return undefined;
	const lines = parts.map(({ partNumber, receipt }) => `${partNumber}:${receipt}\n`).join("");
	const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(lines));
	return btoa(String.fromCharCode(...new Uint8Array(digest)));
}
