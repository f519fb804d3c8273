import { isOver, subscribeTo } from "../upload/upload-store.js";
import type { UploadItem, UploadItemSnapshot, UploadItemState } from "./list-types.js";

/** A file of a list, as the list changes it. */
export interface ListItem<Data> extends UploadItem<Data> {
	set(change: Partial<UploadItemSnapshot<Data>>): void;
	/** Ends all subscriptions. */
	dispose(): void;
}

/** @param onChange called before the listeners */
export function createListItem<Data>(
	first: UploadItemSnapshot<Data>,
	onChange: (before: UploadItemSnapshot<Data>, after: UploadItemSnapshot<Data>) => void,
): ListItem<Data> {
	let current = Object.freeze(first);
	const listeners = new Set<() => void>();
	return {
		snapshot: () => current,
		subscribe: subscribeTo(listeners),
		set(change) {
			const before = current;
			current = Object.freeze({ ...before, ...change });
			onChange(before, current);
			// what one listener throws keeps no other from being told
			for (const listener of listeners) queueMicrotask(listener);
		},
		dispose: () => listeners.clear(),
	};
}

/** Whether nothing more happens to an item unless the user wants it. */
export const hasEnded = ({ state }: { readonly state: UploadItemState }): boolean =>
	state === "rejected" || isOver(state);

/** Sums of all items, kept up to date by differences: a list may have 10,000. */
export interface Totals {
	/** Counts the item as it is `after` instead of `before`; undefined is no item. */
	replace(
		before: UploadItemSnapshot<unknown> | undefined,
		after: UploadItemSnapshot<unknown> | undefined,
	): void;
	readonly counts: Partial<Record<UploadItemState, number>>;
	/** Bytes. */
	readonly loaded: number;
	/** Bytes of the items whose size is known. */
	readonly total: number;
	/** Items whose size is not known. */
	readonly unknown: number;
	readonly bytesPerSecond: number;
}

export function createTotals(): Totals {
	const totals = {
		counts: {} as Totals["counts"],
		loaded: 0,
		total: 0,
		unknown: 0,
		bytesPerSecond: 0,
		replace(
			before: UploadItemSnapshot<unknown> | undefined,
			after: UploadItemSnapshot<unknown> | undefined,
		) {
			count(before, -1);
			count(after, 1);
		},
	};
	const count = (item: UploadItemSnapshot<unknown> | undefined, sign: 1 | -1): void => {
		if (!item) return;
		const { state, loaded, size, bytesPerSecond = 0 } = item;
		const left = (totals.counts[state] ?? 0) + sign;
		const { [state]: _, ...others } = totals.counts;
		totals.counts = left > 0 ? { ...others, [state]: left } : others;
		// what is not sent any more does not count
		if (/^(failed|aborted|rejected|needs-file)$/.test(state)) return;
		totals.loaded += sign * loaded;
		totals.bytesPerSecond += sign * bytesPerSecond;
		if (size === undefined) totals.unknown += sign;
		else totals.total += sign * size;
	};
	return totals;
}
