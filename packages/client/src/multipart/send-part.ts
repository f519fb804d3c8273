import type { Checksum, ChecksumAlgorithm, PartWindow } from "#protocol";
import { isCombinable } from "../digests/combine-crc.js";
import { sendWithRetry } from "../http/send.js";
import { digestBody } from "../upload/checksum.js";
import { createSlot } from "../upload/concurrency-limiter.js";
import type { UploadContext } from "../upload/context.js";
import type { Part } from "./part.js";
import { type PartUrls, requestOf } from "./part-urls.js";

/** What the sending of all parts has in common. */
export interface PartSending {
	readonly upload: UploadContext;
	urls: PartUrls;
	/** Of the plan. */
	algorithm: ChecksumAlgorithm | undefined;
	/** A bucket's CORS rule hides the receipts: the storage had a part whose response showed none. */
	receiptsHidden: boolean;
}

/** It is stored, and its digest is unknown: reading costs less than sending. */
export async function digestPart(
	{ upload, algorithm }: PartSending,
	part: Part,
	signal: AbortSignal,
): Promise<void> {
	if (!algorithm) return;
	part.digest = (await digestBody(part.body(), algorithm, upload.platform, signal))?.value;
}

export async function sendPart(
	sending: PartSending,
	part: Part,
	signal: AbortSignal,
): Promise<void> {
	const { upload, urls, algorithm } = sending;
	const { platform, client, gate } = upload;
	const slot = createSlot(client.limiter, gate, signal);
	const { partNumber, progress } = part;
	const body = part.body();
	/** Computed beforehand, where the storage wants the digest in a header. */
	let known: Checksum | undefined;
	let window: PartWindow | undefined;

	const { receipt, digest } = await sendWithRetry(upload, {
		body,
		signal,
		async nextRequest(previous) {
			// while paused, no failed attempt is repeated
			await slot.acquire();
			part.begin?.();
			window = await urls.windowFor(part, signal, previous?.refused ? window : undefined);
			const request = requestOf(window, partNumber, sending.receiptsHidden);
			if (!window.partChecksum) return request;
			const { algorithm: wanted, header } = window.partChecksum;
			if (known?.algorithm !== wanted) known = await digestBody(body, wanted, platform, signal);
			return known
				? { ...request, headers: { ...request.headers, [header]: known.value } }
				: request;
		},
		onSent: progress.sent,
		async isStored(ok) {
			const stored = ok && sending.receiptsHidden ? true : await isListed(upload, part);
			sending.receiptsHidden ||= ok && stored;
			return stored;
		},
		hasher: algorithm && isCombinable(algorithm) ? platform.hashers[algorithm] : undefined,
	}).finally(slot.release);
	part.receipt = receipt;
	part.digest = digest ?? (known?.algorithm === algorithm ? known?.value : undefined);
	if (!part.digest) await digestPart(sending, part, signal);
	progress.stored();
	upload.note({ type: "parts", stored: upload.meter.storedCount() });
	part.stored = true;
	part.release?.();
}

/** Whether the storage has a part of this number and size. */
async function isListed(
	{ api, signal }: UploadContext,
	{ partNumber, size }: Part,
): Promise<boolean> {
	const { parts } = await api.call("list", { after: partNumber - 1 || undefined }, signal, "parts");
	return parts.some((stored) => stored.partNumber === partNumber && stored.size === size);
}
