/** Reads bytes of a file; fewer at its end. */
export type ReadBytes = (start: number, end: number) => Promise<Buffer>;

/** Of a picture, in pixels. */
export interface Size {
	readonly width: number;
	readonly height: number;
}

/** The header begins like an image, and is none. */
export class ImageHeaderError extends Error {
	override readonly name = "ImageHeaderError";
}
