import { hasCode, UploadError } from "../errors.js";
import type { ResumeStore } from "../platform.js";
import type { UploadContext } from "../upload/context.js";
import { fingerprint } from "./fingerprint.js";
import type { Part, PartsPlan } from "./part.js";
import { readRecord, type UploadRecord } from "./record.js";
import { ask, createRecordWriter } from "./record-writer.js";
import { listStoredParts } from "./stored-parts.js";

/** Milliseconds between two looks at the record of an upload that holds the lock. */
const lookInterval = 1_000;

/** An upload's memory beyond its run. While it is open, others of the same file to the same key wait. */
export interface Resumption {
	/**
	 * The rest of what an earlier run began; undefined when there is nothing to carry on.
	 *
	 * @throws UploadError when the server cannot be asked now.
	 */
	find(): Promise<PartsPlan | undefined>;
	/** Writes the record of this plan, before its first part is sent. */
	begin(plan: PartsPlan, parts: readonly Part[]): Promise<void>;
	/** A part was stored: the record is written again soon. */
	note(): void;
	/** Has the record say all that is known. */
	flush(): Promise<void>;
	/** The upload failed: whether record and stored parts stay for another run. */
	keeps(error: unknown): boolean;
	/** Brings the record up to date or, unless it is kept, deletes it; gives the lock back. */
	close(): Promise<void>;
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
		const store = resume === true ? await ask(platform.openResumeStore()) : resume;
		const [record, release] = await lock(store, id, signal);
		return createResumption(upload, source.size, store, id, record, release);
	} catch {
		signal.throwIfAborted();
		return undefined;
	}
}

async function lock(
	store: ResumeStore,
	id: string,
	signal: AbortSignal,
): Promise<readonly [UploadRecord | undefined, () => Promise<void> | void]> {
	let record: UploadRecord | undefined;
	const look = async (): Promise<void> => {
		record = readRecord(await ask(store.get(id))) ?? record;
	};
	await look();
	// the upload that holds the lock may end, and take with it the token that tells how
	const looking = setInterval(() => void look().catch(() => {}), lookInterval);
	try {
		const release = (await store.lock?.(id, signal)) ?? (() => {});
		await look().catch(() => {});
		return [record, release];
	} finally {
		clearInterval(looking);
	}
}

function createResumption(
	upload: UploadContext,
	size: number,
	store: ResumeStore,
	id: string,
	record: UploadRecord | undefined,
	release: () => Promise<void> | void,
): Resumption {
	const { signal } = upload;
	let compose: (() => string) | undefined;
	let kept = false;
	/** Another user of this device began it: the record is theirs. */
	let foreign = false;
	const writer = createRecordWriter(store, id, () => compose?.() ?? "", record !== undefined);
	return {
		async find() {
			if (!record) return undefined;
			const { token, partSize, checksums, digests } = record;
			const partCount = Math.max(1, Math.ceil(size / partSize));
			const plan = { kind: "multipart", size, partSize, partCount, checksums } as const;
			upload.token = token;
			try {
				return { ...plan, stored: await listStoredParts(upload, record, size) };
			} catch (error) {
				if (hasCode(error, "upload-not-found")) {
					const sent = digests.map(
						(digest, i) => [i + 1, { digest: digest ?? undefined }] as const,
					);
					return { ...plan, stored: new Map(sent), gone: true };
				}
				// what something else answered, such as a login page, says nothing about the upload
				if (signal.aborted || !isRefusal(error) || hasCode(error, "unauthenticated")) throw error;
				// too old, or begun by somebody else
				upload.token = "";
				foreign = hasCode(error, "forbidden");
				return undefined;
			}
		},
		async begin({ partSize, checksums, stored }, parts) {
			if (foreign) return;
			if (!stored) writer.disown();
			compose = () => {
				const known = parts.map(({ digest }) => digest ?? null);
				const { token } = upload;
				return JSON.stringify({
					v: 1,
					token,
					partSize,
					checksums,
					digests: known,
				} satisfies UploadRecord);
			};
			await writer.flush();
		},
		note() {
			if (compose) writer.note();
		},
		async flush() {
			if (compose) await writer.flush();
		},
		keeps(error) {
			kept =
				writer.written() &&
				!foreign &&
				!signal.aborted &&
				!hasCode(error, "file-changed", "upload-not-found", "too-large") &&
				// signing in again, or the renewal that `list` grants for a month, may help
				(!isRefusal(error) || hasCode(error, "unauthenticated", "token-expired"));
			return kept;
		},
		async close() {
			if (kept) await this.flush();
			else if (!foreign) await writer.remove();
			await ask(Promise.resolve().then(release)).catch(() => {});
		},
	};
}

/** The endpoint's own last word on the upload; a gateway or a captive portal only stands in the way. */
const isRefusal = (error: unknown): boolean =>
	error instanceof UploadError && error.requestId !== undefined && !error.retryable;
