import type { Checksum, ChecksumAlgorithm, PartWindow } from "#protocol";
import { isCombinable } from "../digests/combine-crc.js";
import { UploadError } from "../errors.js";
import { describeFailure } from "../http/redact.js";
import { type Sent, sendWithRetry } from "../http/send.js";
import { StallError } from "../transport-errors.js";
import { digestBody } from "../upload/checksum.js";
import { createSlot } from "../upload/concurrency-limiter.js";
import type { UploadContext } from "../upload/context.js";
import { createSemaphore, type Semaphore } from "../upload/semaphore.js";
import type { Part } from "./part.js";
import { checkInterval, type PartAttempt } from "./part-attempts.js";
import { type PartUrls, requestOf } from "./part-urls.js";
import { isRepeatable, type StragglerWatch } from "./stragglers.js";

/** What the sending of all parts has in common. */
export interface PartSending {
	readonly upload: UploadContext;
	urls: PartUrls;
	/** Of the plan. */
	algorithm: ChecksumAlgorithm | undefined;
	readonly stragglers: StragglerWatch;
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

/** Stores one part. On a connection that is much slower than others it is sent again on another one. */
export async function sendPart(
	sending: PartSending,
	part: Part,
	signal: AbortSignal,
): Promise<void> {
	const { promise, resolve, reject } = Promise.withResolvers<Sent>();
	let running = 0;
	const send = async (): Promise<void> => {
		running++;
		let attempt: PartAttempt;
		do {
			attempt = flight.begin();
			const { controller, check } = attempt;
			const stop = (): void => controller.abort(signal.reason);
			signal.addEventListener("abort", stop);
			const timer = setInterval(check, checkInterval);
			try {
				signal.throwIfAborted();
				const sent = await transmit(sending, part, attempt);
				flight.end(attempt);
				return resolve(sent);
			} catch (error) {
				const isLast = running === 1 && !isRepeatable(controller.signal);
				// the first answer wins: one that failed leaves the part to the other
				if (isLast || signal.aborted) reject(error);
				else if (error instanceof StallError) tellSilence(sending.upload, error);
				flight.drop(attempt);
			} finally {
				clearInterval(timer);
				signal.removeEventListener("abort", stop);
			}
		} while (isRepeatable(attempt.controller.signal) && !signal.aborted);
		running--;
	};
	const flight = sending.stragglers.add(part.size, send);
	void send();
	const { receipt, digest } = await promise.finally(() => flight.end());
	part.repeated ||= flight.isRepeated();
	part.receipt = receipt;
	part.digest = digest;
	if (!part.digest) await digestPart(sending, part, signal);
	part.progress.stored();
	part.stored = true;
	part.release?.();
}

/** Shows and reports an attempt whose response did not come. */
function tellSilence({ setError, addEvent }: UploadContext, { milliseconds }: StallError): void {
	const seconds = Math.round(milliseconds / 1000);
	const error = new UploadError(
		"timeout",
		`No response from the storage for ${seconds} s: the part is sent again.`,
		{ retryable: true },
	);
	setError(error);
	addEvent(describeFailure(error));
}

/** Sends a part until the storage has it or the attempt is aborted. */
async function transmit(sending: PartSending, part: Part, attempt: PartAttempt): Promise<Sent> {
	const { upload, urls, algorithm } = sending;
	const { platform, client, throttle } = upload;
	const { signal } = attempt.controller;
	const { partNumber, progress } = part;
	const { hosts } = client;
	/** Index of the host name that the latest attempt goes to. */
	let host = 0;
	const hostSlots = (): Semaphore => {
		const index = urls.hostOf(partNumber);
		hosts[index] ??= createSemaphore(() => platform.maxConcurrency);
		return hosts[index];
	};
	const slot = createSlot({ ...upload, signal }, part.size, hostSlots);
	/** Computed beforehand, where the storage wants the digest in a header. */
	let known: Checksum | undefined;
	let window: PartWindow | undefined;

	try {
		await slot.acquire();
		const body = part.body();
		const { receipt, digest } = await sendWithRetry(upload, {
			body,
			signal,
			async nextRequest(previous) {
				if (previous) {
					part.repeated = true;
					urls.report(host, previous.answered);
				}
				// while paused, no failed attempt is repeated
				await slot.acquire();
				part.begin?.();
				window = await urls.windowFor(part, signal, previous?.refused ? window : undefined);
				// a window may be the first to name several hosts, or one may be left while it is awaited
				host = urls.hostOf(partNumber);
				const request = requestOf(window, partNumber, sending.receiptsHidden);
				if (!window.partChecksum) return request;
				const { algorithm: wanted, header } = window.partChecksum;
				if (known?.algorithm !== wanted) known = await digestBody(body, wanted, platform, signal);
				return known
					? { ...request, headers: { ...request.headers, [header]: known.value } }
					: request;
			},
			onSent(bytes) {
				slot.sent(bytes);
				progress.sent(attempt.sent(bytes));
			},
			pace:
				throttle &&
				((most, ended, onWait) =>
					throttle.pace(most, ended, (milliseconds) => {
						attempt.waited(milliseconds);
						onWait(milliseconds);
					})),
			onFailed: attempt.failed,
			async isStored(ok) {
				const listed = (ok && sending.receiptsHidden) || (await isListed(upload, part));
				sending.receiptsHidden ||= ok && listed;
				// a part that was stored before is listed, too
				return listed && (ok || !part.receipt);
			},
			hasher: algorithm && isCombinable(algorithm) ? platform.hashers[algorithm] : undefined,
		});
		urls.report(host, true);
		return {
			receipt,
			digest: digest ?? (known?.algorithm === algorithm ? known?.value : undefined),
		};
	} catch (error) {
		if (error instanceof StallError) urls.report(host, false);
		throw error;
	} finally {
		slot.release();
	}
}

/** Whether the storage has a part of this number and size. */
async function isListed(
	{ api, signal }: UploadContext,
	{ partNumber, size }: Part,
): Promise<boolean> {
	const { parts } = await api.call("list", { after: partNumber - 1 || undefined }, signal, "parts");
	return parts.some((stored) => stored.partNumber === partNumber && stored.size === size);
}
