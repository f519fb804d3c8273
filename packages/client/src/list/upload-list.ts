import type { Client } from "../client-types.js";
import { reword, type UploadError } from "../errors.js";
import type { UploadInput } from "../public-types.js";
import type { DataOf, KeyOf, UploadsTable } from "../table-types.js";
import { createLimitsCheck, tooMany } from "./check-limits.js";
import { checkListOptions } from "./check-list-options.js";
import { collectFiles } from "./collect-files.js";
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
 * @throws UploadError `invalid-request` for an option that is missing, unknown or has a bad value.
 */
export function createUploadList<Table extends UploadsTable>(
	client: Client<Table>,
	options: UploadListOptions<KeyOf<Table>, DataOf<Table, KeyOf<Table>>>,
): UploadList<DataOf<Table, KeyOf<Table>>> {
	type Data = DataOf<Table, KeyOf<Table>>;
	checkListOptions(options);
	// the type of the options has checked the keys
	const uploads = client as unknown as Client;
	const { maxFiles = Number.POSITIVE_INFINITY, parallel = 3 } = options;
	const store = createListStore<Data>();
	const { rows } = store;
	const askLimits = createLimitsCheck(options.limits);
	let looked = false;
	/** Whether what is added waits, too. */
	let paused = false;
	/** Calls that abort all files: what is being added meanwhile is aborted too. */
	let aborts = 0;
	let disposed = false;

	/** An error of the list itself, in the app's words if it has any. */
	const inWords = (error: UploadError): UploadError => reword(error, uploads.messages);

	let guard: AbortController | undefined;
	const guardWhile = (moves: boolean): void => {
		if (moves === !!guard) return;
		guard?.abort();
		guard = moves ? new AbortController() : undefined;
		const signal = guard?.signal;
		if (!signal) return;
		// a page whose guard cannot be loaded uploads all the same
		void import("./guard-page.js").then(
			({ guardPage }) => guardPage(options, signal),
			() => {},
		);
	};
	store.subscribe(() => guardWhile(store.snapshot().state === "uploading"));
	const startNext = (): void => {
		let free = parallel;
		// what is paused leaves its place to the next one
		for (const row of rows.values()) if (row.running && !row.paused) free--;
		for (const row of rows.values()) {
			if (free <= 0) return;
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
		row.item.set({
			bytesPerSecond: undefined,
			secondsLeft: undefined,
			retryingAt: undefined,
			pending: undefined,
			...change,
		});
		const ended = row.item.snapshot();
		// an error of the app's function is reported like one of an event listener
		queueMicrotask(() => {
			if (!disposed) options.onItemDone?.(ended);
		});
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
		row.paused = paused;
		const loaded = row.pending?.sent ?? 0;
		row.item.set({ state: "queued", loaded, error: undefined, ...change });
	};
	const cancel = (row: Row<Data>): void => {
		const { state } = row.item.snapshot();
		row.due = false;
		row.cancelled = true;
		row.upload?.abort();
		if (state === "queued") end(row, { state: "aborted" });
	};
	/** @returns whether the row waits for a file */
	const chooseAgain = (row: Row<Data> | undefined, file: UploadInput | undefined): boolean => {
		const waits = row && file && /^(failed|aborted|needs-file)$/.test(row.item.snapshot().state);
		if (waits) queue(row, { file });
		return !!waits;
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
				void import("./insert-pending.js")
					.then(({ insertPending }) => insertPending(uploads, store, pendingIdentity))
					.catch(() => {});
			}
			return store.subscribe(listener);
		},
		snapshot: () => store.snapshot(),
		item: (id) => rows.get(id)?.item,
		async add(files) {
			const before = aborts;
			const [found, check] = await Promise.all([collectFiles(files), askLimits()]);
			const stopped = disposed || aborts !== before;
			const kept = [...rows].filter(([, { item }]) => item.snapshot().state !== "rejected");
			const known = new Map(kept.map(([id, { identity }]) => [identity, id]));
			let room = maxFiles - kept.length;
			let skipped = 0;
			const added: string[] = [];
			const rejected: { id: string; error: UploadError }[] = [];
			for (const one of found) {
				const same = known.get(pendingIdentity(one.path, one.size)) ?? known.get(one.identity);
				if (same !== undefined && !stopped && chooseAgain(rows.get(same), one.file)) {
					added.push(same);
					continue;
				}
				if (same !== undefined && options.duplicates !== "allow") {
					skipped++;
					continue;
				}
				const { file, path, size, type, identity } = one;
				const rejection = one.error ?? check?.(one) ?? (room > 0 ? undefined : tooMany(maxFiles));
				const error = rejection && inWords(rejection);
				const state = error ? "rejected" : "queued";
				const due = !error && options.start !== "manual";
				const first = { state, path, size, type, file, loaded: 0, error } as const;
				const id = store.insert(first, { identity, due, paused });
				known.set(one.identity, id);
				added.push(id);
				if (error) rejected.push({ id, error });
				else room--;
				const row = rows.get(id);
				if (row && stopped) cancel(row);
			}
			startNext();
			return { added, skipped, rejected };
		},
		start: () =>
			each(undefined, (row) => {
				if (!row.due && row.item.snapshot().state === "queued") queue(row);
			}),
		pause(id) {
			if (id === undefined) paused = true;
			each(id, (row) => {
				row.paused = row.due || row.running;
				row.upload?.pause();
			});
		},
		resume(id) {
			paused = false;
			each(id, (row) => {
				row.paused = false;
				row.upload?.resume();
			});
		},
		retry: (id) =>
			each(id, (row) => {
				const { state } = row.item.snapshot();
				if (state === "failed" || (state === "aborted" && id !== undefined)) queue(row);
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
				const { state } = row.item.snapshot();
				if (!/^(queued|failed|aborted)$/.test(state)) return;
				const due = row.due || state !== "queued";
				// what an earlier run sent is under the former key
				row.pending = undefined;
				queue(row, { key });
				row.due = due;
			}),
		attach: (id, file) =>
			each(id, (row) => {
				if (row.pending) chooseAgain(row, file);
			}),
		dispose() {
			disposed = true;
			guardWhile(false);
			store.dispose();
			each(undefined, cancel);
		},
	};
}

/** Of a file that an earlier run left: what is known of it now. */
const pendingIdentity = (path: string, size: number | undefined): string =>
	JSON.stringify([path, size]);
