import { wrap } from "../errors.js";
import { until } from "../http/wait.js";
import type { ResumeStore } from "../resume-store.js";

/** Milliseconds between two writes: the record of 10,000 parts is 130 kB long. */
const writeInterval = 500;
/** Milliseconds that a store may take for one operation: IndexedDB sometimes hangs. */
const storeTimeout = 5_000;

/** Keeps one record of a store up to date. */
export interface RecordWriter {
	/** Writes soon. */
	scheduleWrite(): void;
	/** Writes now, and waits for it. */
	flush(): Promise<void>;
	/** Whether the store has a record of this upload, as far as is known. */
	readonly written: () => boolean;
	/** Marks the stored record as another upload's, until the next write. */
	markForeign(): void;
	remove(): Promise<void>;
}

/**
 * The result of a store's operation.
 *
 * @throws UploadError when it fails or takes too long
 */
export async function callStore<T>(operation: () => T | Promise<T>): Promise<T> {
	try {
		return await until((async () => await operation())(), AbortSignal.timeout(storeTimeout));
	} catch (cause) {
		throw wrap(cause, "internal", "The ResumeStore failed: see `cause`.");
	}
}

/**
 * Writes one record at a time, so that no older one overtakes a newer one. Nothing here rejects: if the store
 * fails, the upload continues but can't be resumed.
 *
 * @param serialize gives the record as it is now
 * @param written whether the store has a record already
 */
export function createRecordWriter(
	store: ResumeStore,
	id: string,
	serialize: () => string,
	written: boolean,
): RecordWriter {
	let timer: ReturnType<typeof setTimeout> | undefined;
	/** A write that has not begun; it serializes the record when it does. */
	let waiting: Promise<void> | undefined;
	let working = Promise.resolve();
	const stopTimer = (): void => {
		clearTimeout(timer);
		timer = undefined;
	};
	const queue = (work: () => Promise<void>, leaves: boolean): Promise<void> => {
		working = working
			.then(() => callStore(work))
			.then(() => {
				written = leaves;
			})
			.catch(() => {});
		return working;
	};
	const write = (): Promise<void> => {
		waiting = undefined;
		return store.set(id, serialize());
	};
	const flush = (): Promise<void> => {
		stopTimer();
		waiting ??= queue(write, true);
		return waiting;
	};
	return {
		flush,
		scheduleWrite() {
			timer ??= setTimeout(flush, writeInterval);
		},
		written: () => written,
		markForeign() {
			written = false;
		},
		remove() {
			stopTimer();
			return queue(() => store.delete(id), false);
		},
	};
}
