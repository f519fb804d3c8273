"use client";

import type { UseUpload } from "@skyput/client/react";
import { useEffect, useRef, useState } from "react";
import { announcementInWords } from "./words";

/** Milliseconds between two announcements: a screen reader drops what is replaced before it is read. */
const pause = 5_000;

/** Says what happens to the files to users of screen readers. It is in the page from the start. */
export function UploadStatus({ uploads }: { readonly uploads: UseUpload }) {
	const { announcement } = uploads;
	const [said, setSaid] = useState({ text: "", count: 0 });
	const spoken = useRef(Number.NEGATIVE_INFINITY);
	useEffect(() => {
		if (!announcement) return;
		const say = (): void => {
			spoken.current = performance.now();
			setSaid(({ count }) => ({ text: announcementInWords(announcement), count: count + 1 }));
		};
		// a later one takes the place of one that waits
		const timer = setTimeout(say, Math.max(0, spoken.current + pause - performance.now()));
		return () => clearTimeout(timer);
	}, [announcement]);
	return (
		<p role="status" className="sk-hidden">
			{/* a new element, because a sentence that stays the same is not read again */}
			<span key={said.count}>{said.text}</span>
		</p>
	);
}
