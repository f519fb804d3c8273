import { hasCode, UploadError } from "../errors.js";
import { refusalOf } from "../http/problem.js";
import { until } from "../http/wait.js";
import type { UploadSource } from "../platform.js";
import type { ResumeStore } from "../resume-store.js";
import type { UploadContext } from "../upload/context.js";
import { fingerprint } from "./fingerprint.js";
import { fits, type KnownPart, type Part, type PartsPlan } from "./part.js";
import { readRecord, type UploadRecord, withoutQuery } from "./record.js";
import { callStore, createRecordWriter } from "./record-writer.js";
import { listStoredParts } from "./stored-parts.js";
import { verifyParts } from "./verify-parts.js";

/** Milliseconds between two reads of the record while another upload holds the lock; a short one deletes it soon. */
const pollInterval = 100;

/**
 * Continues an upload of an earlier run. While it is open, other uploads of the same file to the same key
 * wait.
 */
export interface Resumption {
	/**
	 * The unfinished upload of an earlier run; undefined when there is none.
	 *
	 * @throws UploadError when the server cannot be reached now.
	 */
	find(): Promise<PartsPlan | undefined>;
	/** Writes the record of this plan. Never rejects. */
	begin(plan: PartsPlan, parts: readonly Part[]): Promise<void>;
	/** Schedules a write of the record, after a part was stored. */
	scheduleWrite(): void;
	/** Writes the record now. */
	flush(): Promise<void>;
	/**
	 * Whether the storage refuses every part of an upload that an earlier run began. Its record is kept until a
	 * part of the new upload is stored.
	 */
	isRefused(error: unknown): boolean;
	/** Keeps the record after a failure, so that another run can continue the upload. */
	keep(): void;
	/** Writes the record if it is kept, else deletes it; releases the lock. */
	close(): Promise<void>;
}

/** The record as read, its store and its lock. */
interface OpenRecord {
	readonly store: ResumeStore;
	readonly id: string;
	readonly record: UploadRecord | undefined;
	readonly release: () => Promise<void> | void;
}

/**
 * Waits until no other upload of the same file to the same key runs, and takes the lock.
 *
 * @returns undefined when nothing can be resumed: the source has no name, or the store fails.
 */
export async function openResumption(upload: UploadContext): Promise<Resumption | undefined> {
	const { settings, platform, source, signal } = upload;
	const { resume } = settings;
	if (!resume || !("slice" in source)) return undefined;
	try {
		const id = await fingerprint(upload, source);
		if (!id) return undefined;
		const store = resume === true ? await callStore(() => platform.openResumeStore()) : resume;
		return createResumption(upload, source, await lock(store, id, signal));
	} catch {
		signal.throwIfAborted();
		return undefined;
	}
}

async function lock(store: ResumeStore, id: string, signal: AbortSignal): Promise<OpenRecord> {
	let record: UploadRecord | undefined;
	const look = async (): Promise<void> => {
		record = readRecord(await callStore(() => store.get(id)), id) ?? record;
	};
	await look();
	// the lock's holder may end and delete its record; its token is needed to learn the result
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
	source: UploadSource,
	{ store, id, record, release }: OpenRecord,
): Resumption {
	const { api, platform, signal, meter, settings, key } = upload;
	const { size, identity } = source;
	let serialize: (() => string) | undefined;
	let kept = false;
	/** Whether this run continues an earlier one. */
	let continues = false;
	/** Whether the record is that of a refused upload, and no part of the new one is stored yet. */
	let refused = false;
	const writer = createRecordWriter(store, id, () => serialize?.() ?? "", record !== undefined);
	return {
		async find() {
			if (!record) return undefined;
			const { token, partSize, algorithm, digests } = record;
			const partCount = Math.ceil(size / partSize);
			const plan = { kind: "multipart", size, partSize, partCount, algorithm } as const;
			const verify = async (sent: ReadonlyMap<number, KnownPart>): Promise<typeof sent> =>
				record.exact ? sent : await verifyParts(upload, { source, partSize, algorithm }, sent);
			// a damaged record is none
			if (!fits(plan, size)) return undefined;
			api.token = token;
			try {
				// before its parts are compared with those of an earlier run
				await until(Promise.resolve(platform.takeSamples?.(source)), signal);
				const stored = await verify(await listStoredParts(upload, record, size));
				continues = true;
				return { ...plan, stored };
			} catch (error) {
				if (hasCode(error, "upload-not-found")) {
					const sent = digests.map(
						(digest, i) => [i + 1, { digest: digest ?? undefined }] as const,
					);
					const stored = await verify(new Map(sent));
					const unconfirmed = !record.exact && digests.includes(null);
					if (stored.size === sent.length) {
						return { ...plan, stored, missingOnStorage: true, unconfirmed };
					}
				} else if (signal.aborted || !isRefusal(error)) {
					// only the endpoint's own problem+json is a refusal, not a captive portal
					throw error;
				}
				// another user's, too old, of another secret or rule, or of a file that has changed
				api.token = "";
				return undefined;
			}
		},
		async begin({ partSize, algorithm, stored }, parts) {
			if (!stored) writer.markForeign();
			const { endpoint, contentType, metadata } = settings;
			const begun = (stored && record?.about?.begun) ?? Date.now();
			const at = withoutQuery(endpoint);
			const about = { endpoint: at, key, name: `${identity?.name}`, size, begun };
			serialize = () => {
				const known = parts.map(({ digest }) => digest ?? null);
				const { token } = api;
				const sent = parts.reduce((sum, part) => sum + (part.stored ? part.size : 0), 0);
				return JSON.stringify({
					v: 1,
					id,
					token,
					partSize,
					algorithm,
					digests: known,
					exact: identity?.exact,
					about: { ...about, sent, contentType, metadata },
				} satisfies UploadRecord);
			};
			await this.flush();
		},
		scheduleWrite() {
			refused = false;
			if (serialize) writer.scheduleWrite();
		},
		async flush() {
			if (serialize && !refused) await writer.flush();
		},
		isRefused(error) {
			const now =
				continues &&
				meter.storedCount() === 0 &&
				hasCode(error, ...refusals) &&
				(isRefusal(error) || (refusalOf(error) !== undefined && !error.retryable));
			refused ||= now;
			return now;
		},
		keep() {
			kept = writer.written();
		},
		async close() {
			if (kept) await this.flush();
			else if (!refused || signal.aborted) await writer.remove();
			await callStore(release).catch(() => {});
		},
	};
}

/** Codes of a refusal that the upload itself may have caused. */
const refusals = [
	"forbidden",
	"storage-error",
	"unsupported",
	"invalid-request",
	"invalid-parts",
	"checksum-mismatch",
	"too-large",
] as const;

/** Whether the endpoint itself refused the upload permanently; a gateway or captive portal doesn't count. */
const isRefusal = (error: unknown): boolean =>
	error instanceof UploadError && error.requestId !== undefined && !error.retryable;
