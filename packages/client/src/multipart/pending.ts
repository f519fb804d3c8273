import { isObject, UploadError } from "../errors.js";
import { createApi } from "../http/api.js";
import { until } from "../http/wait.js";
import { idle } from "../object-calls.js";
import type { Settings, UploadOptions } from "../options.js";
import type { OpenableSource, Platform } from "../platform.js";
import type { PendingUpload, Upload } from "../public-types.js";
import type { ResumeStore } from "../resume-store.js";
import { abortGraceMs, abortTimeoutMs } from "../upload/context.js";
import { isRecordedUpload, type RecordedUpload, readRecord, withoutQuery } from "./record.js";
import { callStore } from "./record-writer.js";

/** Milliseconds in which the lock of an upload that does not run is taken. */
const lockTimeout = 200;

export interface PendingContext {
	readonly platform: Platform;
	/** Of the client. */
	readonly settings: Settings;
	/** Starts an upload by options over those of the client. */
	readonly start: (file: unknown, key: string, options: UploadOptions) => Upload<never>;
}

/** Lists the records of this endpoint that no running upload holds, the latest first. */
export async function findPending(context: PendingContext): Promise<PendingUpload<never>[]> {
	const { platform, settings } = context;
	const { resume, endpoint } = settings;
	const store = isObject(resume)
		? resume
		: await callStore(() => platform.openResumeStore()).catch(() => undefined);
	if (!store) return [];
	const ids = await callStore(() => store.list?.());
	if (!ids) {
		throw new UploadError("unsupported", "The ResumeStore has no `list`: add it.");
	}
	const found: PendingUpload<never>[] = [];
	let failure: unknown;
	const rest = ids.values();
	const look = async (): Promise<void> => {
		for (const id of rest) {
			const text = await callStore(() => store.get(id)).catch((error) => {
				failure = error;
				return undefined;
			});
			const record = readRecord(text, id);
			const about = record?.about;
			const isOurs = isRecordedUpload(about) && about.endpoint === withoutQuery(endpoint);
			if (!record || !isOurs || (await isRunning(store, id))) continue;
			found.push(toPending(context, about, { store, id, token: record.token }));
		}
	};
	// a store that hangs costs 5 s a record; each may open a file
	await Promise.all([...Array(16)].map(look));
	// one that cannot be read hides no others
	if (failure && found.length === 0) throw failure;
	return found.sort((one, other) => other.begun - one.begun);
}

/** Whether an upload holds the lock of its record, in this program or another. */
async function isRunning(store: ResumeStore, id: string): Promise<boolean> {
	try {
		const release = await store.lock?.(id, AbortSignal.timeout(lockTimeout));
		await release?.();
		return false;
	} catch {
		return true;
	}
}

interface Stored {
	readonly store: ResumeStore;
	readonly id: string;
	readonly token: string;
}

function toPending(
	{ platform, settings, start }: PendingContext,
	about: RecordedUpload,
	{ store, id, token }: Stored,
): PendingUpload<never> {
	const { key, name, size, sent, begun, contentType, metadata } = about;
	return {
		key,
		name,
		size,
		sent,
		begun,
		resume(file, options) {
			const same = checked(platform, file, about);
			const before = { contentType, metadata, multipartThreshold: 0 };
			return start(same, key, { ...before, ...options, resume: store });
		},
		async forget() {
			const api = createApi({ ...idle, platform, settings });
			api.token = token;
			const discarding = api.abort(AbortSignal.timeout(abortTimeoutMs));
			await until(discarding, AbortSignal.timeout(abortGraceMs)).catch(() => {});
			await callStore(() => store.delete(id));
		},
	};
}

/** The file, refused when it is opened unless it is the one that the upload is of. */
const checked = (
	platform: Platform,
	file: unknown,
	{ name, size }: RecordedUpload,
): OpenableSource => ({
	async open() {
		const source = await platform.openSource(file);
		const given = "slice" in source ? source.identity?.name : undefined;
		if ("slice" in source && given === name && source.size === size) return source;
		const message = `This is not the file that the upload began with: choose "${name}" (${size} bytes) again, or upload this one by \`uploadFile\`.`;
		throw new UploadError("file-changed", message);
	},
});
