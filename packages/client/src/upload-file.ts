import { type CompleteReply, wantsMultipart } from "#protocol";
import { UploadError, type UploadErrorCode } from "./errors.js";
import type { ClientFace, Upload } from "./face.js";
import { startUpload } from "./handle.js";
import { createApi } from "./http/api.js";
import { until } from "./http/wait.js";
import {
	checkClientOptions,
	normalizeOptions,
	type Settings,
	type UploadFileOptions,
} from "./options.js";
import type { Platform, UploadSource } from "./platform.js";
import { digestBody } from "./upload/checksum.js";
import { sendMultipart } from "./upload/multipart.js";
import { askForPlan } from "./upload/plan.js";
import type { Control, EndpointMemory, Session } from "./upload/session.js";
import { sendSingle } from "./upload/single.js";

/** Milliseconds for the call that forgets a failed upload, and how many of them a rejection waits. */
const longestFarewell = 10_000;
const farewell = 300;

/** After these there is nothing to forget on the server, or no way to say so. */
const nothingToForget: ReadonlySet<UploadErrorCode> = new Set([
	"already-exists",
	"offline",
	"rejected",
	"token-expired",
	"unauthenticated",
	"upload-not-found",
]);

/** Fills the client's face for one runtime: the whole of a composition root. */
export function createClientFor(platform: Platform): ClientFace {
	const start = <Data>(
		file: unknown,
		key: string,
		options: UploadFileOptions,
		memory: EndpointMemory,
	): Upload<Data> => {
		let settings: Settings;
		try {
			settings = normalizeOptions(options, platform);
		} catch (error) {
			return startUpload({}, () => Promise.reject(error));
		}
		return startUpload(settings, (control) =>
			uploadFile({ platform, settings, memory, key, control }, file),
		);
	};
	// most storages can bind it, and every runtime computes it
	const createMemory = (): EndpointMemory => ({ singleChecksums: ["crc32"] });
	return {
		createClient(clientOptions) {
			checkClientOptions(clientOptions, platform);
			const memory = createMemory();
			return {
				uploadFile: (file, key, ...[options]) =>
					start(file, key, { ...clientOptions, ...options }, memory),
			};
		},
		uploadFile: (file, key, options) => start(file, key, options, createMemory()),
	};
}

interface Task {
	readonly platform: Platform;
	readonly settings: Settings;
	readonly memory: EndpointMemory;
	readonly key: string;
	readonly control: Control;
}

/** The story of one upload: open, ask for a plan, send, complete. */
async function uploadFile(task: Task, file: unknown): Promise<CompleteReply> {
	const { platform, settings, key, control } = task;
	control.signal.throwIfAborted();
	if (typeof key !== "string" || key === "") {
		throw new UploadError("invalid-key", "The key must be a string of at least one character.");
	}
	const source = await open(platform, file);
	try {
		const { size } = source;
		if (size === null) {
			throw new UploadError(
				"unsupported",
				"The file's length is unknown: give a file, a Blob or bytes.",
			);
		}
		const api = createApi(settings);
		const session: Session = { ...task, ...control, api, source, size, token: undefined };
		return await planAndSend(session);
	} finally {
		await source.close().catch(() => {});
	}
}

async function open(platform: Platform, file: unknown): Promise<UploadSource> {
	try {
		return await platform.openSource(file);
	} catch (cause) {
		if (cause instanceof UploadError) throw cause;
		const why = cause instanceof Error ? cause.message : "The file cannot be opened.";
		throw new UploadError("invalid-request", why, { cause });
	}
}

async function planAndSend(session: Session): Promise<CompleteReply> {
	const { platform, settings, source, size, signal, memory, meter, enter } = session;
	const single = !wantsMultipart(size, settings.multipartThreshold);
	const algorithm = memory.singleChecksums.find((name) => platform.hashers[name]);
	const digest =
		single && settings.checksum && algorithm
			? await digestBody(source.slice(0, size), algorithm, platform, signal)
			: undefined;
	for (let restarted = false; ; restarted = true) {
		try {
			const plan = await askForPlan(session, digest);
			enter("uploading");
			meter.begin(size);
			return plan.kind === "single"
				? await sendSingle(session, plan, digest)
				: await sendMultipart(session, plan);
		} catch (error) {
			// swept away on the server, by its lifecycle rule or by hand: once more from the start
			if (!restarted && error instanceof UploadError && error.code === "upload-not-found") continue;
			await forget(session, error);
			throw error;
		}
	}
}

/** Best effort: parts that stay behind cost money until the bucket's lifecycle rule removes them. */
async function forget({ api, token }: Session, error: unknown): Promise<void> {
	if (token === undefined) return;
	if (error instanceof UploadError && nothingToForget.has(error.code)) return;
	const forgetting = api.abort({ token }, AbortSignal.timeout(longestFarewell));
	await until(forgetting, AbortSignal.timeout(farewell)).catch(() => {});
}
