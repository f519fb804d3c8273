import { type RefObject, useEffect, useState } from "react";

/** Pixels of a row in a long list, with the gap below it; the same in skyput.css. */
const rowHeight = 72;
/** Longer lists render only the rows that are in sight. */
const longest = 100;
/** Rows beyond each edge. */
const margin = 6;

interface Rows {
	/** Whether the list is long: it scrolls by itself, and its rows have one height. */
	readonly isLong: boolean;
	/** Indices of the rows to render, ascending. */
	readonly indices: readonly number[];
	/** Pixels from the beginning of the list to a row; to that of index `count`, all of them. */
	readonly offsetOf: (index: number) => number;
}

/**
 * Chooses the rows of a list to render.
 *
 * @param element - What scrolls.
 * @param ids - Of all rows, which have them as `data-id`.
 * @returns Those in sight and the one with the focus; all of them where they are few.
 */
export function useRows(element: RefObject<HTMLElement | null>, ids: readonly string[]): Rows {
	const isLong = ids.length > longest;
	const [sight, setSight] = useState({ first: 0, count: 12 + margin });
	const [focused, setFocused] = useState<string>();
	useEffect(() => {
		const scrolled = element.current;
		if (!isLong || !scrolled) return;
		const look = (): void =>
			setSight({
				first: Math.max(0, Math.floor(scrolled.scrollTop / rowHeight) - margin),
				count: Math.ceil(scrolled.clientHeight / rowHeight) + 2 * margin,
			});
		const focus = ({ target }: FocusEvent): void =>
			setFocused((target as Element).closest<HTMLElement>("[data-id]")?.dataset["id"]);
		look();
		scrolled.addEventListener("scroll", look, { passive: true });
		scrolled.addEventListener("focusin", focus);
		return () => {
			scrolled.removeEventListener("scroll", look);
			scrolled.removeEventListener("focusin", focus);
		};
	}, [element, isLong]);
	const first = isLong ? Math.min(sight.first, ids.length - 1) : 0;
	const last = isLong ? Math.min(ids.length, first + sight.count) : ids.length;
	const indices = Array.from({ length: last - first }, (_, index) => first + index);
	const kept = isLong && focused !== undefined ? ids.indexOf(focused) : -1;
	if (kept >= 0 && (kept < first || kept >= last)) {
		indices.push(kept);
		indices.sort((a, b) => a - b);
	}
	return { isLong, indices, offsetOf: (index) => index * rowHeight };
}
