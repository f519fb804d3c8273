/** Strokes of 24 by 24 pixels. */
const shapes = {
	upload: "M12 16V4m0 0L7 9m5-5 5 5M4 16v3a1.5 1.5 0 0 0 1.5 1.5h13A1.5 1.5 0 0 0 20 19v-3",
	folder:
		"M3.5 18V6.5A1.5 1.5 0 0 1 5 5h4l2 2.5h8A1.5 1.5 0 0 1 20.5 9v9a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 18Z",
	pause: "M9 6v12M15 6v12",
	play: "M8 5.5v13l10.5-6.5Z",
	close: "m6.5 6.5 11 11m0-11-11 11",
	again: "M19 12a7 7 0 1 1-2.2-5.1M19 4v4h-4",
	check: "m5.5 12.5 4.3 4.3 8.7-9.3",
	alert: "M12 8v5m0 3.2v.1M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z",
	offline:
		"M4 4l16 16M5 12.5a10 10 0 0 1 4-2.4m4-.5a10 10 0 0 1 6 2.9M8.5 16a5 5 0 0 1 7 0M12 19.4v.1",
	download: "M12 4v11m0 0-4.5-4.5M12 15l4.5-4.5M5 19.5h14",
	camera:
		"M4 8.5A1.5 1.5 0 0 1 5.5 7H8l1.5-2h5L16 7h2.5A1.5 1.5 0 0 1 20 8.5v9a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17.5ZM12 16a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
	image:
		"M5.5 4.5h13a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1ZM5 17l4.5-4.5 3 3 3.5-4 3.5 4M9 9.5v.1",
	video:
		"M5 6.5h9.5a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1Zm10.5 4 4.5-2.5v8l-4.5-2.5",
	audio:
		"M9.5 17V6l9-1.5V15M9.5 17a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0Zm9-2a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0Z",
	archive: "M4.5 8.5h15v10a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1Zm0 0 1.5-4h12l1.5 4M10 12h4",
	document:
		"M7 3.5h7l4.5 4.5v11.5a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1v-15a1 1 0 0 1 1-1Zm7 0V8h4.5M9.5 13h5.5m-5.5 3.5h5.5",
	file: "M7 3.5h7l4.5 4.5v11.5a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1v-15a1 1 0 0 1 1-1Zm7 0V8h4.5",
};

export type IconName = keyof typeof shapes;

/** A decoration: what it shows is said in words beside it. */
export function Icon({ name }: { readonly name: IconName }) {
	return (
		<svg className="sk-icon" viewBox="0 0 24 24" aria-hidden="true">
			<path d={shapes[name]} />
		</svg>
	);
}

const kinds: readonly (readonly [RegExp, IconName])[] = [
	[/^image\/|\.(png|jpe?g|gif|webp|avif|heic|svg)$/i, "image"],
	[/^video\/|\.(mp4|mov|webm|mkv|avi)$/i, "video"],
	[/^audio\/|\.(mp3|wav|flac|m4a|ogg)$/i, "audio"],
	[/zip|\.(zip|tar|gz|tgz|7z|rar|xz|bz2)$/i, "archive"],
	[/^text\/|pdf|document|sheet|presentation|\.(pdf|docx?|xlsx?|pptx?|txt|md|csv)$/i, "document"],
];

/**
 * @param name - Of the file.
 * @param type - Its MIME type; browsers do not know each.
 * @returns The icon for this kind of file.
 */
export const iconOf = (name: string, type = ""): IconName =>
	kinds.find(([kind]) => kind.test(type) || kind.test(name))?.[1] ?? "file";
