import { until } from "../http/wait.js";
import type { ResumeStore } from "../platform.js";

/** Milliseconds between two writes: the record of 10,000 parts is 130 kB long. */
const writeInterval = 500;
/** Milliseconds that a store may take for one answer: IndexedDB is known to hang at times. */
const storePatience = 5_000;

/** Keeps one record of a store up to date. */
export interface RecordWriter {
	/** Writes soon. */
	note(): void;
	/** Writes now, and waits for it. */
	flush(): Promise<void>;
	/** Whether there is a record, by the last write. */
	readonly written: () => boolean;
	/** Calls the record that is there another upload's: only the next write counts. */
	disown(): void;
	remove(): Promise<void>;
}

/** A store's answer, if it comes in time. */
export const ask = <T>(answer: Promise<T>): Promise<T> =>
	until(answer, AbortSignal.timeout(storePatience));

/**
 * Writes one at a time, so that no older record overtakes a newer one. A store that fails costs the
 * resume, never the upload: nothing here rejects.
 *
 * @param compose the record as it is now
 * @param written whether there is one already
 */
export function createRecordWriter(
	store: ResumeStore,
	id: string,
	compose: () => string,
	written: boolean,
): RecordWriter {
	let timer: ReturnType<typeof setTimeout> | undefined;
	/** A write that has not begun: it will say all that is known by then. */
	let waiting: Promise<void> | undefined;
	let working = Promise.resolve();
	const stopTimer = (): void => {
		clearTimeout(timer);
		timer = undefined;
	};
	const queue = (work: () => Promise<void>, leaves: boolean): Promise<void> => {
		working = working
			.then(() => ask(work()))
			.then(() => {
				written = leaves;
			})
			.catch(() => {});
		return working;
	};
	const write = (): Promise<void> => {
		waiting = undefined;
		return store.set(id, compose());
	};
	const flush = (): Promise<void> => {
		stopTimer();
		waiting ??= queue(write, true);
		return waiting;
	};
	return {
		flush,
		note() {
			timer ??= setTimeout(flush, writeInterval);
		},
		written: () => written,
		disown() {
			written = false;
		},
		remove() {
			stopTimer();
			return queue(() => store.delete(id), false);
		},
	};
}
