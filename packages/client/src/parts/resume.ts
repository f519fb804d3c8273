import { hasCode, UploadError } from "../errors.js";
import type { ResumeStore } from "../platform.js";
import type { Session } from "../upload/session.js";
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
export async function openResumption(session: Session): Promise<Resumption | undefined> {
	const { settings, platform, source, signal } = session;
	const { resume } = settings;
	if (!resume || !("slice" in source)) return undefined;
	try {
		const id = await fingerprint(session, source);
		if (!id) return undefined;
		const store = resume === true ? await ask(platform.openResumeStore()) : resume;
		const [record, release] = await lock(store, id, signal);
		return createResumption(session, source.size, store, id, record, release);
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
	session: Session,
	size: number,
	store: ResumeStore,
	id: string,
	record: UploadRecord | undefined,
	release: () => Promise<void> | void,
): Resumption {
	const { signal } = session;
	let compose: (() => string) | undefined;
	let kept = false;
	const writer = createRecordWriter(store, id, () => compose?.() ?? "", record !== undefined);
	return {
		async find() {
			if (!record) return undefined;
			const { token, partSize, checksums, digests } = record;
			const partCount = Math.max(1, Math.ceil(size / partSize));
			const plan = { kind: "multipart", size, partSize, partCount, checksums } as const;
			session.token = token;
			try {
				return { ...plan, stored: await listStoredParts(session, record, size) };
			} catch (error) {
				if (hasCode(error, "upload-not-found")) {
					const sent = digests.map(
						(digest, i) => [i + 1, { digest: digest ?? undefined }] as const,
					);
					return { ...plan, stored: new Map(sent), gone: true };
				}
				if (signal.aborted || !(error instanceof UploadError) || error.retryable) throw error;
				// too old, or begun by somebody else
				session.token = "";
				return undefined;
			}
		},
		async begin({ partSize, checksums }, parts) {
			compose = () => {
				const known = parts.map(({ digest }) => digest ?? null);
				const { token } = session;
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
		note: writer.note,
		flush: writer.flush,
		keeps(error) {
			kept =
				writer.written() &&
				!signal.aborted &&
				error instanceof UploadError &&
				// signing in again, or the renewal that `list` grants for a month, may help as well
				(error.retryable ||
					// nor is what this device could not read, or reach, the fault of what is stored
					hasCode(error, "unauthenticated", "token-expired", "cors", "internal"));
			return kept;
		},
		async close() {
			if (!kept) await writer.remove();
			else if (compose) await writer.flush();
			await ask(Promise.resolve().then(release)).catch(() => {});
		},
	};
}
