"use client";

import type { UploadItemSnapshot } from "@skyput/client/react";
import { useEffect, useRef, useState } from "react";
import { Icon, iconOf } from "./icons";
import { createThumbnail } from "./thumbnail";

/** The picture of an image or a film, else an icon for the kind of file. */
export function FileThumbnail({ item }: { readonly item: UploadItemSnapshot }) {
	const { file, name, type } = item;
	const element = useRef<HTMLSpanElement>(null);
	const [url, setUrl] = useState<string>();
	useEffect(() => {
		if (!(file instanceof Blob) || !element.current) return;
		const ended = new AbortController();
		let made: string | undefined;
		// only what is looked at is decoded
		const observer = new IntersectionObserver((entries) => {
			if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
			observer.disconnect();
			void createThumbnail(file, ended.signal).then((picture) => {
				if (!picture || ended.signal.aborted) return;
				made = URL.createObjectURL(picture);
				setUrl(made);
			});
		});
		observer.observe(element.current);
		return () => {
			ended.abort();
			observer.disconnect();
			if (made) URL.revokeObjectURL(made);
			setUrl(undefined);
		};
	}, [file]);
	return (
		<span className="sk-thumbnail" ref={element}>
			{url ? <img src={url} alt="" /> : <Icon name={iconOf(name, type)} />}
		</span>
	);
}
