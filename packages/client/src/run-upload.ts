import {
	type ChecksumAlgorithm,
	type CompleteReply,
	type SinglePlan,
	wantsMultipart,
} from "#protocol";
import { isStream } from "./byte-stream.js";
import { hasCode, incompatibleReply, UploadError, wrap } from "./errors.js";
import { type Api, createApi } from "./http/api.js";
import { until } from "./http/wait.js";
import type { PartsPlan } from "./multipart/part.js";
import type { Resumption } from "./multipart/resume.js";
import type { Platform, StreamSource, UploadSource } from "./platform.js";
import { checkWhileSending } from "./upload/check-operations.js";
import { createSlot } from "./upload/concurrency-limiter.js";
import {
	abortGraceMs,
	abortTimeoutMs,
	type ClientState,
	type Control,
	type UploadContext,
} from "./upload/context.js";
import { loadCode } from "./upload/load-code.js";
import { expectedDigest, type PlanOptions, requestPlan, type WithDigest } from "./upload/plan.js";
import { createProgressMeter } from "./upload/progress.js";
import { sendSingle } from "./upload/single.js";

/** Loads the code that a first upload of a small file doesn't need: parts, streams, many files, calls about objects. */
export type LoadMultipart = () => Promise<typeof import("./multipart/index.js")>;

/** Everything an upload needs to run. */
export interface UploadRun extends Control {
	readonly platform: Platform;
	readonly loadMultipart: LoadMultipart;
	readonly client: ClientState;
	readonly file: unknown;
	readonly key: string;
	/** Called with the calls of the upload, which keep its token. @default nothing */
	readonly setApi?: ((api: Api) => void) | undefined;
}

/** The steps of one upload: open the file, request a plan, send, complete. */
export async function runUpload(run: UploadRun): Promise<CompleteReply> {
	const { settings, signal, client, key, setProgress } = run;
	signal.throwIfAborted();
	if (typeof key !== "string" || key === "") {
		throw new UploadError("invalid-key", "The key must be a string, and not empty.");
	}
	const source = await open(run).catch((cause) => {
		throw wrap(cause, "invalid-request", cause instanceof Error ? cause.message : `${cause}`);
	});
	const throttle = settings.maxBytesPerSecond
		? (await loadCode(run, run.loadMultipart)).openThrottle(run)
		: undefined;
	const slot = createSlot({ ...run, throttle }, source.size ?? 0, () => client.hosts[0]);
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
		const api = createApi(control);
		run.setApi?.(api);
		const reply = await planAndSend({ ...control, throttle, meter, slot, api, source });
		if (!isResult(reply, source.size)) throw incompatibleReply();
		meter.complete();
		return reply;
	} finally {
		meter.end();
		slot.release();
		await source.close().catch(() => {});
	}
}

/** Whether a reply tells of a stored file of this size. */
const isResult = ({ key, size }: CompleteReply, expected: number | null): boolean =>
	typeof key === "string" && typeof size === "number" && (expected ?? size) === size;

async function open(run: UploadRun): Promise<UploadSource | StreamSource> {
	const { platform, file, gate, signal, settings } = run;
	const opened = isStream(file) ? file : await platform.openSource(file);
	if (!isStream(opened)) return opened;
	const { openStream } = await loadCode(run, run.loadMultipart);
	// opening a stream buffers its first part; wait while paused
	await gate.pass(signal);
	return await openStream(platform.memory, opened, signal, settings.size);
}

async function planAndSend(upload: UploadRun & UploadContext): Promise<CompleteReply> {
	const { settings, source, signal, gate, slot, api } = upload;
	/** The whole file as one body, not read yet; false for a stream. */
	const file = "slice" in source && source.slice(0, source.size);
	const large = !file || wantsMultipart(file.size, settings.multipartThreshold);
	// load the code before an upload is created on the server
	const resumption = large
		? await (await loadCode(upload, upload.loadMultipart)).openResumption(upload)
		: undefined;
	// take a slot before reading and signing, so that queued files do not go stale
	if (!large) await slot.acquire();
	const request: PlanOptions<"single" | "multipart"> = {
		kinds: file ? ["single", "multipart"] : ["multipart"],
		file: file || undefined,
		digest: large ? undefined : await expectedDigest(upload, file),
	};
	let algorithms: readonly ChecksumAlgorithm[] | undefined;
	try {
		/** Of the upload that this run began first, once it was begun anew. */
		let earlier = "";
		for (let restarted = false; ; restarted = true) {
			let found: PartsPlan | undefined;
			try {
				// while paused, create nothing on the server: URLs and tokens would only expire
				await (large ? gate.pass(signal) : slot.acquire());
				if (!restarted) found = await resumption?.find();
				if (found) return await sendPlan(upload, found, resumption);
				const plan = await requestPlan(upload, { ...request, algorithms });
				return await checkWhileSending(upload, plan, (checked) =>
					sendPlan(checked, plan, resumption),
				);
			} catch (error) {
				// removed on the server (lifecycle rule), or refused permanently: restart once
				const isLost = mayRestart(error) || resumption?.isRefused(error);
				if (file && !restarted && isLost) {
					// the storage requires a digest with every part
					if (hasCode(error, "invalid-parts")) algorithms = ["md5"];
					// of an earlier run it may be another state of the file
					if (!found && hasCode(error, "upload-not-found")) earlier = api.token;
					continue;
				}
				// a commit whose response was lost may have ended late
				const late =
					earlier &&
					hasCode(error, "already-exists") &&
					(await api.complete({ token: earlier }, signal).catch(() => undefined));
				if (late) return late;
				if (isDiscarded(upload, error)) await abortOnServer(upload, error);
				else resumption?.keep();
				throw error;
			}
		}
	} finally {
		// don't wait for a store that hangs: the upload has ended
		const closing = resumption?.close() ?? Promise.resolve();
		await until(closing, AbortSignal.timeout(abortGraceMs)).catch(() => {});
	}
}

async function sendPlan(
	upload: UploadRun & UploadContext,
	plan: PartsPlan | WithDigest<SinglePlan>,
	resumption: Resumption | undefined,
): Promise<CompleteReply> {
	const { source, meter, slot, setPhase } = upload;
	setPhase("uploading");
	// requested for files only
	if (plan.kind === "single") {
		meter.begin(source.size);
		const file = source as UploadSource;
		return await sendSingle(upload, plan, file.slice(0, file.size));
	}
	slot.release();
	const { sendMultipart } = await loadCode(upload, upload.loadMultipart);
	return await sendMultipart(upload, plan, resumption);
}

const mayRestart = (error: unknown): boolean =>
	hasCode(error, "upload-not-found") || (error instanceof UploadError && error.restart === true);

/**
 * Whether the upload can't be resumed: it was aborted, the endpoint ended it, or its source is lost. Responses
 * of proxies don't count: another login or network may continue it.
 */
const isDiscarded = ({ signal, source }: UploadContext, error: unknown): boolean =>
	signal.aborted ||
	hasCode(error, ...settled, "invalid-parts", "checksum-mismatch", "file-changed") ||
	("take" in source && isEndOfStream(error));

/** Whether the stream failed or has the wrong size, or the endpoint refused its size. */
const isEndOfStream = (error: unknown): boolean =>
	hasCode(error, "invalid-request", "invalid-size")
		? error.status === undefined
		: hasCode(error, "too-large") && error.requestId !== undefined;

/** Codes after which the endpoint holds no parts. */
const settled = ["already-exists", "rejected", "upload-not-found"] as const;

/** Best effort: parts that stay behind cost money until the bucket's lifecycle rule removes them. */
async function abortOnServer({ api }: UploadContext, error: unknown): Promise<void> {
	const nothingToAbort = hasCode(error, ...settled);
	if (!api.token || nothingToAbort) return;
	const aborting = api.abort(AbortSignal.timeout(abortTimeoutMs));
	await until(aborting, AbortSignal.timeout(abortGraceMs)).catch(() => {});
}
