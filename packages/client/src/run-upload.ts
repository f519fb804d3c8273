import { type ChecksumAlgorithm, type CompleteReply, wantsMultipart } from "#protocol";
import { isStream } from "./byte-stream.js";
import { hasCode, missingCode, UploadError, wrap } from "./errors.js";
import { createApi } from "./http/api.js";
import { until } from "./http/wait.js";
import type { Platform, StreamSource, UploadBody, UploadSource } from "./platform.js";
import { createSlot } from "./upload/concurrency-limiter.js";
import {
	abortTimeoutMs,
	type ClientState,
	type Control,
	type UploadContext,
} from "./upload/context.js";
import { expectedDigest, type PlanOptions, requestPlan } from "./upload/plan.js";
import { createProgressMeter } from "./upload/progress.js";
import { sendSingle } from "./upload/single.js";

/** Milliseconds that the end of an upload waits for the server and the resume store to forget it. */
const abortGraceMs = 300;

/** Milliseconds; the network that brings the code may stall. */
const loadTimeout = 30_000;

/** The code for uploads in parts and for streams, which pages that send small files never need. */
export type LoadMultipart = () => Promise<typeof import("./multipart/index.js")>;

/** All that an upload needs to run. */
export interface UploadRun extends Control {
	readonly platform: Platform;
	readonly loadMultipart: LoadMultipart;
	readonly client: ClientState;
	readonly file: unknown;
	readonly key: string;
}

/** The steps of one upload: open the file, request a plan, send, complete. */
export async function runUpload(run: UploadRun): Promise<CompleteReply> {
	const { signal, gate, client, key, setProgress } = run;
	signal.throwIfAborted();
	if (typeof key !== "string" || key === "") {
		throw new UploadError("invalid-key", "The key must be a string, and not empty.");
	}
	const source = await open(run).catch((cause) => {
		throw wrap(cause, "invalid-request", cause instanceof Error ? cause.message : `${cause}`);
	});
	const slot = createSlot(client.limiter, gate, signal);
	const meter = createProgressMeter(setProgress);
	const control: UploadRun = {
		...run,
		setError(error) {
			// bytes that left before the failure must not count as progress after it
			meter.flush();
			run.setError(error);
		},
	};
	try {
		const reply = await planAndSend({ ...control, meter, slot, api: createApi(control), source });
		meter.complete();
		return reply;
	} finally {
		meter.end();
		slot.release();
		await source.close().catch(() => {});
	}
}

async function open(run: UploadRun): Promise<UploadSource | StreamSource> {
	const { platform, file, gate, signal, settings } = run;
	const opened = isStream(file) ? file : await platform.openSource(file);
	if (!isStream(opened)) return opened;
	const { openStream } = await load(run);
	// opening a stream buffers its first part; wait while paused
	await gate.pass(signal);
	return await openStream(platform.memory, opened, signal, settings.size);
}

/** @throws UploadError `network` where the code is gone. */
async function load({
	platform,
	loadMultipart,
	setOnline,
	signal,
}: UploadRun): ReturnType<LoadMultipart> {
	const outage = platform.outage?.();
	setOnline(outage === undefined);
	await until(Promise.resolve(outage), signal);
	const deadline = AbortSignal.timeout(loadTimeout);
	return await until(loadMultipart(), AbortSignal.any([signal, deadline])).catch((cause) => {
		signal.throwIfAborted();
		throw missingCode(cause);
	});
}

async function planAndSend(upload: UploadRun & UploadContext): Promise<CompleteReply> {
	const { settings, source, signal, gate, slot, meter, setPhase } = upload;
	/** Nothing of it is read yet; a stream has none. */
	const file = "slice" in source && source.slice(0, source.size);
	const large = !file || wantsMultipart(file.size, settings.multipartThreshold);
	// loaded before anything is begun on the server that would need it
	const resumption = large ? await (await load(upload)).openResumption(upload) : undefined;
	// take a slot before reading and signing, so that queued files do not go stale
	if (!large) await slot.acquire();
	const request: PlanOptions<"single" | "multipart"> = {
		kinds: file ? ["single", "multipart"] : ["multipart"],
		file: file || undefined,
		digest: large ? undefined : await expectedDigest(upload, file),
	};
	let algorithms: readonly ChecksumAlgorithm[] | undefined;
	try {
		for (let restarted = false; ; restarted = true) {
			try {
				// while paused, nothing is begun on the server that would only age
				await (large ? gate.pass(signal) : slot.acquire());
				const plan =
					(!restarted && (await resumption?.find())) ||
					(await requestPlan(upload, { ...request, algorithms }));
				setPhase("uploading");
				// requested for files only
				if (plan.kind === "single") {
					meter.begin(source.size);
					return await sendSingle(upload, plan, file as UploadBody);
				}
				slot.release();
				const { sendMultipart } = await load(upload);
				return await sendMultipart(upload, plan, resumption);
			} catch (error) {
				// removed on the server, by itself, its lifecycle rule or by hand, or refused for good: restart once
				const isLost = mayRestart(error) || resumption?.isRefused(error);
				if (file && !restarted && isLost) {
					// the storage refuses parts without a digest of their own
					if (hasCode(error, "invalid-parts")) algorithms = ["md5"];
					continue;
				}
				if (isDiscarded(upload, error)) await abortOnServer(upload, error);
				else resumption?.keep();
				throw error;
			}
		}
	} finally {
		// a store that hangs costs the resume; the upload has ended
		const closing = resumption?.close() ?? Promise.resolve();
		await until(closing, AbortSignal.timeout(abortGraceMs)).catch(() => {});
	}
}

const mayRestart = (error: unknown): boolean =>
	hasCode(error, "upload-not-found") || (error instanceof UploadError && error.restart === true);

/**
 * Whether nobody can continue the upload: it was aborted, the endpoint's own verdict ended it, or its source
 * is gone. Responses of others on the way decide nothing, and another login or network may continue it.
 */
const isDiscarded = ({ signal, source }: UploadContext, error: unknown): boolean =>
	signal.aborted ||
	hasCode(error, ...settled, "invalid-parts", "checksum-mismatch", "file-changed") ||
	("take" in source && isEndOfStream(error));

/** The stream failed or has another size than was said, or the endpoint refuses its size. */
const isEndOfStream = (error: unknown): boolean =>
	hasCode(error, "invalid-request", "invalid-size")
		? error.status === undefined
		: hasCode(error, "too-large") && error.requestId !== undefined;

/** Codes of the endpoint alone, after which it holds no parts. */
const settled = ["already-exists", "rejected", "upload-not-found"] as const;

/** Best effort: parts that stay behind cost money until the bucket's lifecycle rule removes them. */
async function abortOnServer({ api }: UploadContext, error: unknown): Promise<void> {
	const nothingToAbort = hasCode(error, ...settled);
	if (!api.token || nothingToAbort) return;
	const aborting = api.abort(AbortSignal.timeout(abortTimeoutMs));
	await until(aborting, AbortSignal.timeout(abortGraceMs)).catch(() => {});
}
