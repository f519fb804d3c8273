import type { PendingUpload, Upload } from "../public-types.js";
import { subscribeTo } from "../upload/upload-store.js";
import { createAnnouncer } from "./announcement.js";
import { createListItem, createTotals, type ListItem } from "./list-item.js";
import type { UploadItemSnapshot, UploadListSnapshot } from "./list-types.js";

/** An item, and what only the list knows of it. */
export interface Row<Data> {
	readonly item: ListItem<Data>;
	/** From 0, in the order in which they were added. */
	readonly index: number;
	/** Whether it starts when its turn comes. */
	due: boolean;
	/** Whether its turn has come, and not ended. */
	running: boolean;
	/** Asked to end while no upload ran. */
	cancelled: boolean;
	/** Asked to pause, maybe before its upload began. */
	paused: boolean;
	upload?: Upload<Data> | undefined;
	pending?: PendingUpload<Data> | undefined;
	/** The same for the same file. */
	readonly identity?: string | undefined;
}

/** The items of a list, and the list as a whole as `useSyncExternalStore` of React reads it. */
export interface ListStore<Data> {
	readonly rows: ReadonlyMap<string, Row<Data>>;
	/** @returns the id */
	insert(
		first: Omit<UploadItemSnapshot<Data>, "id" | "name" | "total">,
		about?: Partial<Pick<Row<Data>, "due" | "paused" | "pending" | "identity">>,
	): string;
	remove(id: string): void;
	/** Tells the listeners once, however much changes in one task. */
	changed(): void;
	subscribe(listener: () => void): () => void;
	snapshot(): UploadListSnapshot;
	/** Ends all subscriptions. */
	dispose(): void;
}

export function createListStore<Data>(): ListStore<Data> {
	const rows = new Map<string, Row<Data>>();
	const listeners = new Set<() => void>();
	const totals = createTotals();
	const announce = createAnnouncer();
	/** Undefined once it is out of date. */
	let ids: readonly string[] | undefined = [];
	let count = 0;
	/** Items that users added and that were not rejected. */
	let added = 0;
	let current: UploadListSnapshot | undefined;
	let scheduled = false;
	const changed = (): void => {
		current = undefined;
		if (scheduled) return;
		scheduled = true;
		queueMicrotask(() => {
			scheduled = false;
			for (const listener of listeners) queueMicrotask(listener);
		});
	};
	const read = (): UploadListSnapshot => {
		const { counts, loaded, unknown, bytesPerSecond } = totals;
		const total = unknown > 0 ? undefined : totals.total;
		const moving = bytesPerSecond > 0;
		let state = "idle" as UploadListSnapshot["state"];
		for (const { due, running, paused } of rows.values()) {
			if (due || running) state = paused && state !== "uploading" ? "paused" : "uploading";
		}
		ids ??= [...rows.keys()];
		return Object.freeze({
			ids,
			counts,
			state,
			loaded,
			total,
			bytesPerSecond: moving ? bytesPerSecond : undefined,
			secondsLeft: moving && total !== undefined ? (total - loaded) / bytesPerSecond : undefined,
			announcement: announce({ added, counts, state, loaded, total }),
		});
	};
	return {
		rows,
		changed,
		insert(first, about) {
			const id = `${++count}`;
			const { state, path, size } = first;
			if (state === "queued") added++;
			// that of a file that Node left may be a path of Windows
			const name = path.replace(/^.*[\\/]/s, "");
			const item = createListItem<Data>({ ...first, id, name, total: size }, (before, after) => {
				if (!rows.has(id)) return;
				totals.replace(before, after);
				changed();
			});
			totals.replace(undefined, item.snapshot());
			rows.set(id, {
				item,
				index: count - 1,
				due: false,
				running: false,
				cancelled: false,
				paused: false,
				...about,
			});
			ids = undefined;
			changed();
			return id;
		},
		remove(id) {
			totals.replace(rows.get(id)?.item.snapshot(), undefined);
			if (!rows.delete(id)) return;
			ids = undefined;
			changed();
		},
		subscribe: subscribeTo(listeners),
		snapshot: () => (current ??= read()),
		dispose() {
			listeners.clear();
			for (const { item } of rows.values()) item.dispose();
		},
	};
}
