import { hasCode, UploadError } from "../errors.js";
import type { ResumeStore } from "../platform.js";
import type { UploadContext } from "../upload/context.js";
import { fingerprint } from "./fingerprint.js";
import type { Part, PartsPlan } from "./part.js";
import { readRecord, type UploadRecord } from "./record.js";
import { createRecordWriter, withStoreTimeout } from "./record-writer.js";
import { listStoredParts } from "./stored-parts.js";

/** Milliseconds between two reads of the record while another upload holds the lock. */
const pollInterval = 1_000;

/** Continues an upload of an earlier run. While it is open, others of the same file to the same key wait. */
export interface Resumption {
	/**
	 * The rest of what an earlier run began; undefined when there is nothing to continue.
	 *
	 * @throws UploadError when the server cannot be reached now.
	 */
	find(): Promise<PartsPlan | undefined>;
	/** Writes the record of this plan, before its first part is sent. */
	begin(plan: PartsPlan, parts: readonly Part[]): Promise<void>;
	/** A part was stored: the record is written again soon. */
	scheduleWrite(): void;
	/** Writes the record now. */
	flush(): Promise<void>;
	/** The upload failed, and another run may continue it. */
	keep(): void;
	/** Writes the record or, unless it is kept, deletes it; releases the lock. */
	close(): Promise<void>;
}

/** Where the record is, what it was, and its lock. */
interface OpenRecord {
	readonly store: ResumeStore;
	readonly id: string;
	readonly record: UploadRecord | undefined;
	readonly release: () => Promise<void> | void;
}

/**
 * Takes the lock of this upload, once every other one of the same file to the same key has ended.
 *
 * @returns undefined where nothing can be resumed: the source has no name, or the store fails.
 */
export async function openResumption(upload: UploadContext): Promise<Resumption | undefined> {
	const { settings, platform, source, signal } = upload;
	const { resume } = settings;
	if (!resume || !("slice" in source)) return undefined;
	try {
		const id = await fingerprint(upload, source);
		if (!id) return undefined;
		const store = resume === true ? await withStoreTimeout(platform.openResumeStore()) : resume;
		return createResumption(upload, source.size, await lock(store, id, signal));
	} catch {
		signal.throwIfAborted();
		return undefined;
	}
}

async function lock(store: ResumeStore, id: string, signal: AbortSignal): Promise<OpenRecord> {
	let record: UploadRecord | undefined;
	const look = async (): Promise<void> => {
		record = readRecord(await withStoreTimeout(store.get(id))) ?? record;
	};
	await look();
	// the upload that holds the lock may end and delete its record, whose token tells how it ended
	const looking = setInterval(() => void look().catch(() => {}), pollInterval);
	try {
		const release = (await store.lock?.(id, signal)) ?? (() => {});
		await look().catch(() => {});
		return { store, id, record, release };
	} finally {
		clearInterval(looking);
	}
}

function createResumption(
	upload: UploadContext,
	size: number,
	{ store, id, record, release }: OpenRecord,
): Resumption {
	const { api, signal } = upload;
	let serialize: (() => string) | undefined;
	let kept = false;
	/** Another user of this device began it: the record is theirs. */
	let ownedByOther = false;
	const writer = createRecordWriter(store, id, () => serialize?.() ?? "", record !== undefined);
	return {
		async find() {
			if (!record) return undefined;
			const { token, partSize, algorithm, digests } = record;
			const partCount = Math.max(1, Math.ceil(size / partSize));
			const plan = { kind: "multipart", size, partSize, partCount, algorithm } as const;
			api.token = token;
			try {
				return { ...plan, stored: await listStoredParts(upload, record, size) };
			} catch (error) {
				if (hasCode(error, "upload-not-found")) {
					const sent = digests.map(
						(digest, i) => [i + 1, { digest: digest ?? undefined }] as const,
					);
					return { ...plan, stored: new Map(sent), missingOnStorage: true };
				}
				// only the endpoint's own problem+json is a refusal, not a captive portal
				if (signal.aborted || !isRefusal(error) || hasCode(error, "unauthenticated")) throw error;
				// too old, or begun by another user
				api.token = "";
				ownedByOther = hasCode(error, "forbidden");
				return undefined;
			}
		},
		async begin({ partSize, algorithm, stored }, parts) {
			if (ownedByOther) return;
			if (!stored) writer.markForeign();
			serialize = () => {
				const known = parts.map(({ digest }) => digest ?? null);
				const { token } = api;
				return JSON.stringify({
					v: 1,
					token,
					partSize,
					algorithm,
					digests: known,
				} satisfies UploadRecord);
			};
			await writer.flush();
		},
		scheduleWrite() {
			if (serialize) writer.scheduleWrite();
		},
		async flush() {
			if (serialize) await writer.flush();
		},
		keep() {
			kept = writer.written() && !ownedByOther;
		},
		async close() {
			if (kept) await this.flush();
			else if (!ownedByOther) await writer.remove();
			await withStoreTimeout(Promise.resolve().then(release)).catch(() => {});
		},
	};
}

/** Whether the endpoint itself refused the upload for good; a gateway or a captive portal does not count. */
const isRefusal = (error: unknown): boolean =>
	error instanceof UploadError && error.requestId !== undefined && !error.retryable;
