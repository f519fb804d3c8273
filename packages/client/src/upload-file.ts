import { type CompleteReply, type PlanKind, wantsMultipart } from "#protocol";
import { isStream } from "./byte-stream.js";
import { createFace } from "./client.js";
import { hasCode, UploadError, wrap } from "./errors.js";
import { createApi } from "./http/api.js";
import { until } from "./http/wait.js";
import type { Platform, UploadBody } from "./platform.js";
import type { ClientFace } from "./public-types.js";
import { digestBody } from "./upload/checksum.js";
import {
	createConcurrencyLimiter,
	createSemaphore,
	createSlot,
} from "./upload/concurrency-limiter.js";
import {
	abortTimeoutMs,
	type ClientState,
	type Control,
	type Engine,
	type UploadContext,
} from "./upload/context.js";
import { loadParts } from "./upload/load-multipart.js";
import { askForPlan } from "./upload/plan.js";
import { createProgressMeter } from "./upload/progress.js";
import { sendSingle } from "./upload/single.js";

/** Milliseconds that the end of an upload waits for what is to be forgotten, on the server and here. */
const farewell = 300;

/** Calls of a client at once that begin an upload: more would only wait in the endpoint. */
const mostCreates = 4;

/** The engine of a runtime. */
export function createEngine(platform: Platform): Engine {
	return {
		createUploader(concurrency) {
			const client: ClientState = {
				// most storages can bind it, and every runtime computes it
				singleChecksums: ["crc32"],
				limiter: createConcurrencyLimiter(concurrency),
				createCalls: createSemaphore(() => mostCreates),
			};
			return (control, file, key) => uploadFile(platform, client, control, file, key);
		},
	};
}

/** The face of a runtime that has its engine with it. */
export function createClientFor(platform: Platform): ClientFace {
	return createFace(platform, async () => createEngine(platform));
}

/** The story of one upload: open, ask for a plan, send, complete. */
async function uploadFile(
	platform: Platform,
	client: ClientState,
	control: Control,
	file: unknown,
	key: string,
): Promise<CompleteReply> {
	control.signal.throwIfAborted();
	if (typeof key !== "string" || key === "") {
		throw new UploadError("invalid-key", "The key must be a string, and not empty.");
	}
	const { signal, settings, gate } = control;
	// what is read of a stream is held in memory
	if (isStream(file)) await gate.pass(signal);
	const opening = isStream(file)
		? platform.openStream(file, signal, settings.size)
		: platform.openSource(file);
	const source = await opening.catch((cause) => {
		throw wrap(cause, "invalid-request", cause instanceof Error ? cause.message : `${cause}`);
	});
	const slot = createSlot(client.limiter, control.gate, control.signal);
	const meter = createProgressMeter(control.setProgress);
	try {
		const api = createApi({ ...control, platform });
		const reply = await planAndSend({
			...control,
			meter,
			platform,
			client,
			slot,
			key,
			api,
			source,
			token: "",
		});
		meter.finish();
		return reply;
	} finally {
		meter.end();
		slot.release();
		await source.close().catch(() => {});
	}
}

async function planAndSend(upload: UploadContext): Promise<CompleteReply> {
	const { platform, settings, source, signal, gate, client, slot, meter, setPhase, setOnline } =
		upload;
	/** Nothing of it is read yet; a stream has none. */
	const file = "slice" in source && source.slice(0, source.size);
	const large = !file || wantsMultipart(file.size, settings.multipartThreshold);
	const parts = async (): ReturnType<typeof loadParts> => {
		const back = platform.outage?.();
		setOnline(back === undefined);
		await until(Promise.resolve(back), signal);
		return await loadParts();
	};
	// before anything is begun on the server that it would be needed for
	const resumption = large ? await (await parts()).openResumption(upload) : undefined;
	// in turn before anything is read or signed: of a thousand files, most wait long
	if (!large) await slot.acquire();
	const algorithm = client.singleChecksums.find((name) => platform.hashers[name]);
	const digest =
		algorithm && settings.checksum && !large
			? await digestBody(file, algorithm, platform, signal)
			: undefined;
	const kinds: PlanKind[] = file ? ["single", "multipart"] : ["multipart"];
	try {
		for (let restarted = false; ; restarted = true) {
			try {
				// while paused, nothing is begun on the server that would only grow old
				await (large ? gate.pass(signal) : slot.acquire());
				const plan =
					(!restarted && (await resumption?.find())) ||
					(await askForPlan(upload, digest, ...kinds));
				setPhase("uploading");
				// asked for with files alone
				if (plan.kind === "single") {
					meter.begin(source.size);
					return await sendSingle(upload, plan, file as UploadBody, digest);
				}
				slot.release();
				const { sendMultipart } = await parts();
				return await sendMultipart(upload, plan, resumption);
			} catch (error) {
				// swept away on the server, by its lifecycle rule or by hand: once more from the start
				if (file && !restarted && hasCode(error, "upload-not-found")) continue;
				if (!resumption?.keeps(error)) await forget(upload, error);
				throw error;
			}
		}
	} finally {
		// a store that hangs costs the resume, and not the upload, which has ended
		const closing = resumption?.close() ?? Promise.resolve();
		await until(closing, AbortSignal.timeout(farewell)).catch(() => {});
	}
}

/** Best effort: parts that stay behind cost money until the bucket's lifecycle rule removes them. */
async function forget({ api, token }: UploadContext, error: unknown): Promise<void> {
	const nothingToForget = hasCode(
		error,
		"already-exists",
		"rejected",
		"token-expired",
		"unauthenticated",
		"upload-not-found",
		// no way to say so
		"offline",
	);
	if (!token || nothingToForget) return;
	const forgetting = api.abort({ token }, AbortSignal.timeout(abortTimeoutMs));
	await until(forgetting, AbortSignal.timeout(farewell)).catch(() => {});
}
