/** Files above this many bytes get an icon: decoding them takes memory. */
const largest = 50_000_000;
/** Pixels of the longer side: twice what a row shows. */
const side = 160;

/**
 * Draws a picture, small, outside of the page's thread. A string, so that no bundler has to know about workers; where
 * a content security policy forbids workers from blobs, files get an icon.
 */
const script = `
onmessage = async ({ data: { id, source, side } }) => {
	try {
		const picture = source instanceof Blob ? await createImageBitmap(source, { imageOrientation: "from-image" }) : source;
		const scale = Math.min(1, side / Math.max(picture.width, picture.height));
		const canvas = new OffscreenCanvas(Math.max(1, picture.width * scale), Math.max(1, picture.height * scale));
		const pen = canvas.getContext("2d");
		pen.imageSmoothingQuality = "high";
		pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
		picture.close();
		postMessage({ id, blob: await canvas.convertToBlob({ type: "image/webp", quality: 0.85 }) });
	} catch {
		postMessage({ id });
	}
};`;

type Draw = (source: Blob | ImageBitmap) => Promise<Blob | undefined>;
let draw: Draw | undefined;
/** One at a time: each holds a decoded picture. */
let queue: Promise<unknown> = Promise.resolve();

function startWorker(): Draw {
	const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
	const worker = new Worker(url);
	const waiting = new Map<number, (blob: Blob | undefined) => void>();
	let count = 0;
	worker.onmessage = ({ data: { id, blob } }) => {
		waiting.get(id)?.(blob);
		waiting.delete(id);
	};
	worker.onerror = () => {
		for (const resolve of waiting.values()) resolve(undefined);
		waiting.clear();
		draw = async () => undefined;
	};
	return (source) =>
		new Promise((resolve) => {
			waiting.set(++count, resolve);
			worker.postMessage({ id: count, source, side }, source instanceof Blob ? [] : [source]);
		});
}

/** A frame near the beginning of a film. */
async function frameOf(film: Blob, signal: AbortSignal): Promise<ImageBitmap> {
	const url = URL.createObjectURL(film);
	const video = document.createElement("video");
	const shown = new Promise((resolve, reject) => {
		video.onseeked = resolve;
		video.onerror = reject;
		video.onloadedmetadata = () => {
			video.currentTime = Math.min(1, video.duration / 4);
		};
		signal.addEventListener("abort", reject);
		setTimeout(reject, 3_000);
	});
	try {
		Object.assign(video, { muted: true, playsInline: true, preload: "auto", src: url });
		await shown;
		return await createImageBitmap(video);
	} finally {
		video.removeAttribute("src");
		URL.revokeObjectURL(url);
	}
}

/**
 * Makes a small picture of an image or a film.
 *
 * @param file - The file.
 * @param signal - Ends it.
 * @returns The picture; undefined for other files, and where the browser cannot.
 */
export function createThumbnail(file: Blob, signal: AbortSignal): Promise<Blob | undefined> {
	const isFilm = file.type.startsWith("video/");
	if (!isFilm && !file.type.startsWith("image/")) return Promise.resolve(undefined);
	if (!isFilm && file.size > largest) return Promise.resolve(undefined);
	const work = queue.then(async () => {
		if (signal.aborted) return undefined;
		try {
			draw ??= startWorker();
			return await draw(isFilm ? await frameOf(file, signal) : file);
		} catch {
			return undefined;
		}
	});
	queue = work;
	return work;
}
