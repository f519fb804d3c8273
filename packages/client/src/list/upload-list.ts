import type { Client } from "../client-types.js";
import { reword, type UploadError } from "../errors.js";
import type { UploadLimits } from "../object-types.js";
import type { PendingUpload } from "../public-types.js";
import type { DataOf, KeyOf, UploadsTable } from "../table-types.js";
import { keepLimits, rejectionOf, tooMany } from "./check-limits.js";
import { type AddedFile, collectFiles } from "./collect-files.js";
import { hasEnded } from "./list-item.js";
import { createListStore, type Row } from "./list-store.js";
import type { UploadItemSnapshot, UploadList, UploadListOptions } from "./list-types.js";
import { runRow } from "./run-row.js";

/**
 * Makes a list of uploads for a user interface. Nothing happens before a file is added or the list is subscribed to, so
 * it can be made while a page is rendered, on a server too.
 *
 * @param client - Of `createClient`.
 * @param options - Where to store each file, and how.
 * @returns The list.
 */
export function createUploadList<Table extends UploadsTable>(
	client: Client<Table>,
	options: UploadListOptions<KeyOf<Table>, DataOf<Table, KeyOf<Table>>>,
): UploadList<DataOf<Table, KeyOf<Table>>> {
	type Data = DataOf<Table, KeyOf<Table>>;
	// the type of the options has checked the keys
	const uploads = client as unknown as Client;
	const { maxFiles = Number.POSITIVE_INFINITY, parallel = 3, duplicates = "skip" } = options;
	const store = createListStore<Data>();
	const { rows } = store;
	const askLimits = keepLimits(options.limits);
	let looked = false;
	/** Calls that abort all files: what is being added meanwhile is aborted too. */
	let aborts = 0;
	let disposed = false;

	/** An error of the list itself, in the app's words where it has any. */
	const inWords = (error: UploadError): UploadError => reword(error, uploads.messages);

	const startNext = (): void => {
		let free = parallel;
		// what is paused leaves its place to the next one
		for (const row of rows.values()) if (row.running && !row.paused) free--;
		for (const row of rows.values()) {
			if (store.paused || free <= 0) return;
			if (!row.due || row.paused) continue;
			free--;
			row.due = false;
			row.running = true;
			void runRow(row, { client: uploads, options, inWords }).then((change) => {
				row.running = false;
				end(row, change);
				store.changed();
				startNext();
			});
		}
	};
	const end = (row: Row<Data>, change: Partial<UploadItemSnapshot<Data>>): void => {
		row.upload = undefined;
		const still = { bytesPerSecond: undefined, secondsLeft: undefined, retryingAt: undefined };
		row.item.set({ ...still, ...change });
		const ended = row.item.snapshot();
		// an error of the app's function is reported like one of an event listener
		queueMicrotask(() => {
			if (!disposed) options.onItemDone?.(ended);
		});
	};
	const admit = (found: AddedFile, accepted: UploadLimits, room: number) => {
		const { file, name, path, size, type, identity } = found;
		const own =
			found.error ?? rejectionOf(found, accepted) ?? (room > 0 ? undefined : tooMany(maxFiles));
		const error = own && inWords(own);
		const state = error ? "rejected" : "queued";
		const first = { state, name, path, size, total: size, type, file, loaded: 0, error } as const;
		const due = !error && options.start !== "manual";
		return { id: store.insert(first, { identity, due }), error };
	};
	const findPending = async (): Promise<void> => {
		for (const pending of (await uploads.pending()).toReversed()) {
			const { key, name: path, size, sent: loaded } = pending as PendingUpload<Data>;
			const name = path.replace(/^.*[\\/]/s, "");
			const first = { state: "needs-file", name, path, size, total: size, key, loaded } as const;
			const identity = leftIdentity(path, size);
			store.insert(first, { pending: pending as PendingUpload<Data>, identity });
		}
	};
	/** Calls a function with one row or all of them. */
	const each = (id: string | undefined, act: (row: Row<Data>, id: string) => void): void => {
		for (const one of id === undefined ? [...rows.keys()] : [id]) {
			const row = rows.get(one);
			if (row) act(row, one);
		}
		store.changed();
		startNext();
	};
	const queue = (row: Row<Data>, change: Partial<UploadItemSnapshot<Data>> = {}): void => {
		row.due = true;
		row.paused = false;
		row.item.set({ state: "queued", loaded: 0, error: undefined, ...change });
	};
	const cancel = (row: Row<Data>): void => {
		const { state } = row.item.snapshot();
		row.due = false;
		row.cancelled = true;
		row.upload?.abort();
		if (row.upload === undefined && state === "queued") end(row, { state: "aborted" });
	};
	/** @returns whether an item waits for this file */
	const chooseAgain = (id: string, { file }: AddedFile): boolean => {
		const row = rows.get(id);
		if (!row || !/^(failed|aborted|needs-file)$/.test(row.item.snapshot().state)) return false;
		queue(row, { file, loaded: row.pending?.sent ?? 0 });
		return true;
	};
	const drop = (row: Row<Data>, id: string): void => {
		// else it is back with the next page
		if (row.item.snapshot().state === "needs-file") void row.pending?.forget().catch(() => {});
		store.remove(id);
		cancel(row);
	};

	return {
		subscribe(listener) {
			if (options.pending && !looked) {
				looked = true;
				// without records there is nothing to continue
				void findPending().catch(() => {});
			}
			return store.subscribe(listener);
		},
		snapshot: () => store.snapshot(),
		item: (id) => rows.get(id)?.item,
		async add(files) {
			const before = aborts;
			const [found, accepted] = await Promise.all([collectFiles(files), askLimits()]);
			const stopped = (): boolean => disposed || aborts !== before;
			const kept = [...rows].filter(([, { item }]) => item.snapshot().state !== "rejected");
			const known = new Map(kept.map(([id, { identity }]) => [identity, id]));
			let room = maxFiles - kept.length;
			let skipped = 0;
			const added: string[] = [];
			const rejected: { id: string; error: UploadError }[] = [];
			for (const one of found) {
				const same = known.get(leftIdentity(one.path, one.size)) ?? known.get(one.identity);
				if (same !== undefined && !stopped() && chooseAgain(same, one)) {
					added.push(same);
					continue;
				}
				if (same !== undefined && duplicates === "skip") {
					skipped++;
					continue;
				}
				const { id, error } = admit(one, accepted, room);
				known.set(one.identity, id);
				added.push(id);
				if (error) rejected.push({ id, error });
				else room--;
				const row = rows.get(id);
				if (row && stopped()) cancel(row);
			}
			startNext();
			return { added, skipped, rejected };
		},
		start: () =>
			each(undefined, (row) => {
				row.due ||= row.item.snapshot().state === "queued";
			}),
		pause(id) {
			if (id === undefined) store.paused = true;
			each(id, (row) => {
				row.paused = row.due || row.running;
				row.upload?.pause();
			});
		},
		resume(id) {
			if (id === undefined) store.paused = false;
			each(id, (row) => {
				row.paused = false;
				row.upload?.resume();
			});
		},
		retry: (id) =>
			each(id, (row) => {
				const { state, file } = row.item.snapshot();
				const again = state === "failed" || (state === "aborted" && id !== undefined);
				if (again && file !== undefined) queue(row);
			}),
		abort(id) {
			if (id === undefined) aborts++;
			each(id, cancel);
		},
		remove: (id) => each(id, drop),
		clear: () =>
			each(undefined, (row, id) => {
				if (hasEnded(row.item.snapshot())) drop(row, id);
			}),
		rename: (id, key) =>
			each(id, (row) => {
				const { state, file } = row.item.snapshot();
				if (file === undefined || !/^(queued|failed|aborted)$/.test(state)) return;
				const due = row.due || state !== "queued";
				// what an earlier run sent is under the former key
				row.pending = undefined;
				queue(row, { key });
				row.due = due;
			}),
		attach: (id, file) =>
			each(id, (row) => {
				const { state } = row.item.snapshot();
				if (row.pending && !row.running && state !== "done")
					queue(row, { file, loaded: row.pending.sent });
			}),
		dispose() {
			disposed = true;
			store.dispose();
			each(undefined, cancel);
		},
	};
}

/** Of a file that an earlier run left: what is known of it now. */
const leftIdentity = (path: string, size: number | undefined): string =>
	JSON.stringify([path, size]);
