"use client";

import type { UploadItemSnapshot, UseUpload } from "@skyput/client/react";
import { useEffect, useRef, useState } from "react";
import { announcementInWords, errorInWords } from "./words";

/** Milliseconds between two announcements: a screen reader drops what is replaced before it is read. */
const pause = 5_000;

/** Says what happens to the files to users of screen readers. It is in the page from the start. */
export function UploadStatus({ uploads }: { readonly uploads: UseUpload }) {
	const { announcement } = uploads;
	const [text, setText] = useState("");
	const spoken = useRef(Number.NEGATIVE_INFINITY);
	useEffect(() => {
		if (!announcement) return;
		const say = (): void => {
			spoken.current = performance.now();
			setText(announcementInWords(announcement));
		};
		// a later one takes the place of one that waits
		const timer = setTimeout(say, Math.max(0, spoken.current + pause - performance.now()));
		return () => clearTimeout(timer);
	}, [announcement]);
	return (
		<p role="status" className="sk-hidden">
			{text}
		</p>
	);
}

/**
 * Why files were not added: one sentence for all that were chosen together.
 *
 * @param uploads - Of `useUpload`.
 * @returns The sentence; empty until a file is rejected, and after the next files are accepted.
 */
export function useRejection({ ids, list }: UseUpload): string {
	const seen = useRef<readonly string[]>([]);
	const [sentence, setSentence] = useState("");
	useEffect(() => {
		const known = new Set(seen.current);
		const added = ids.flatMap((id) => (known.has(id) ? [] : (list.item(id)?.snapshot() ?? [])));
		seen.current = ids;
		if (added.length > 0) setSentence(rejectionInWords(added));
	}, [ids, list]);
	return sentence;
}

function rejectionInWords(added: readonly UploadItemSnapshot[]): string {
	const errors = added.flatMap(({ state, error, name }) =>
		state === "rejected" && error ? [{ name, words: errorInWords(error) }] : [],
	);
	const [first] = errors;
	if (!first) return "";
	return errors.length === 1
		? `${first.name}: ${first.words}`
		: `${errors.length} files can’t be uploaded. ${first.words}`;
}
