import { type CompleteReply, wantsMultipart } from "#protocol";
import { hasCode, UploadError, wrap } from "./errors.js";
import type { ClientFace, Upload } from "./face.js";
import { startUpload } from "./handle.js";
import { createApi } from "./http/api.js";
import { until } from "./http/wait.js";
import { checkClientOptions, normalizeOptions, type UploadFileOptions } from "./options.js";
import type { Platform } from "./platform.js";
import { digestBody } from "./upload/checksum.js";
import { createLane } from "./upload/lane.js";
import { createLanes } from "./upload/lanes.js";
import { loadParts } from "./upload/load-parts.js";
import { askForPlan } from "./upload/plan.js";
import {
	type Control,
	type EndpointMemory,
	longestFarewell,
	type Session,
} from "./upload/session.js";
import { sendSingle } from "./upload/single.js";
import { createSlots } from "./upload/slots.js";

/** Milliseconds that a rejection waits for the call that forgets the upload. */
const farewell = 300;

/** Calls of a client at once that begin an upload: more would only wait in the endpoint. */
const mostCreates = 4;

/** Fills the client's face for one runtime: the whole of a composition root. */
export function createClientFor(platform: Platform): ClientFace {
	const start = <Data>(
		file: unknown,
		key: string,
		options: UploadFileOptions,
		memory: EndpointMemory,
	): Upload<Data> =>
		startUpload(
			() => normalizeOptions(options, platform),
			(control) => uploadFile(platform, memory, control, file, key),
		);
	const createMemory = (concurrency: number): EndpointMemory => ({
		// most storages can bind it, and every runtime computes it
		singleChecksums: ["crc32"],
		lanes: createLanes(concurrency),
		creates: createSlots(() => mostCreates),
	});
	return {
		createClient(clientOptions) {
			const memory = createMemory(checkClientOptions(clientOptions, platform));
			return {
				uploadFile: (file, key, options?) =>
					start(file, key, { ...clientOptions, ...options }, memory),
			};
		},
		uploadFile: (file, key, options) =>
			start(file, key, options, createMemory(platform.maxConcurrency)),
	};
}

/** The story of one upload: open, ask for a plan, send, complete. */
async function uploadFile(
	platform: Platform,
	memory: EndpointMemory,
	control: Control,
	file: unknown,
	key: string,
): Promise<CompleteReply> {
	control.signal.throwIfAborted();
	if (typeof key !== "string" || key === "") {
		throw new UploadError("invalid-key", "The key must be a string, and not empty.");
	}
	const source = await platform.openSource(file).catch((cause) => {
		throw wrap(cause, "invalid-request", cause instanceof Error ? cause.message : `${cause}`);
	});
	const lane = createLane(memory.lanes, control.gate, control.signal);
	try {
		const { size } = source;
		if (size === null) {
			throw new UploadError(
				"unsupported",
				"The file's length is unknown: give a file, a Blob or bytes.",
			);
		}
		const api = createApi({ ...control, platform });
		return await planAndSend({
			...control,
			platform,
			memory,
			lane,
			key,
			api,
			source,
			size,
			token: "",
		});
	} finally {
		lane.leave();
		await source.close().catch(() => {});
	}
}

async function planAndSend(session: Session): Promise<CompleteReply> {
	const { platform, settings, source, size, signal, memory, lane, meter, enter } = session;
	const large = wantsMultipart(size, settings.multipartThreshold);
	// before anything is begun on the server that it would be needed for
	if (large) await loadParts();
	// in turn before anything is read or signed: of a thousand files, most wait long
	else await lane.enter();
	const algorithm = memory.singleChecksums.find((name) => platform.hashers[name]);
	const digest =
		algorithm && settings.checksum && !large
			? await digestBody(source.slice(0, size), algorithm, platform, signal)
			: undefined;
	for (let restarted = false; ; restarted = true) {
		try {
			const plan = await askForPlan(session, digest, "single", "multipart");
			enter("uploading");
			meter.begin(size);
			if (plan.kind === "single") return await sendSingle(session, plan, digest);
			lane.leave();
			const { sendMultipart } = await loadParts();
			return await sendMultipart(session, plan);
		} catch (error) {
			// swept away on the server, by its lifecycle rule or by hand: once more from the start
			if (!restarted && hasCode(error, "upload-not-found")) continue;
			await forget(session, error);
			throw error;
		}
	}
}

/** Best effort: parts that stay behind cost money until the bucket's lifecycle rule removes them. */
async function forget({ api, token }: Session, error: unknown): Promise<void> {
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
	const forgetting = api.abort({ token }, AbortSignal.timeout(longestFarewell));
	await until(forgetting, AbortSignal.timeout(farewell)).catch(() => {});
}
