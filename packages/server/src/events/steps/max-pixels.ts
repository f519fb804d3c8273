import { refuseUnknownOptions } from "../../check-options.js";
import { ImageHeaderError } from "../image/image-file.js";
import { type ImageSize, imageSize } from "../image/image-header.js";
import { clean, infected, namedStep, type Step, type StepInput, unscannable } from "../step.js";

/** How large an image may be once it is unpacked. */
export interface MaxPixelsOptions {
	/** Width times height, summed up over all frames and pages that the header names. @default 50_000_000 */
	readonly pixels?: number | undefined;
	/** Of the longer side. @default 30_000 */
	readonly side?: number | undefined;
}

/**
 * Makes a step that reads the size of an image from its header: of PNG, JPEG, GIF, WebP, AVIF, HEIC, BMP, TIFF and ICO. An
 * image beyond the limits is `infected`: it would fill the memory of the program that opens it. One whose header
 * is damaged, or that is declared as an image of another format, is `unscannable`; SVG and other files are `clean`.
 * Frames of GIF, WebP and AVIF are not counted, since only the pictures tell them.
 *
 * @param options - The limits.
 * @returns The step, for the option `steps` of an object handler.
 * @throws TypeError for a limit that is none.
 */
export function maxPixels(options: MaxPixelsOptions = {}): Step {
	refuseUnknownOptions(options, ["pixels", "side"]);
	const { pixels = 50_000_000, side = 30_000 } = options;
	for (const [name, value] of Object.entries({ pixels, side })) {
		if (!(value >= 1)) throw new TypeError(`${name} must be a number from 1 on, not ${value}.`);
	}
	return namedStep("maxPixels", async ({ object, reader }) => {
		const size = await sizeOf(reader);
		if (size instanceof ImageHeaderError) return unscannable("unknown-image", size.message);
		if (size === undefined) {
			if (!/^image\/(?!svg\+xml)/i.test(object.contentType ?? "")) return clean();
			return unscannable("unknown-image", "The size of the image cannot be read from its header.");
		}
		const { width, height } = size;
		const facts = { imageWidth: width, imageHeight: height };
		if (size.pixels <= pixels && Math.max(width, height) <= side) return clean(facts);
		const detail = `The image has ${width} x ${height} pixels, ${size.pixels} in all frames; at most ${pixels}, and ${side} on one side, are accepted.`;
		return infected("too-many-pixels", detail, facts);
	});
}

async function sizeOf(
	reader: StepInput["reader"],
): Promise<ImageSize | ImageHeaderError | undefined> {
	try {
		return await imageSize(async (start, end) => Buffer.from(await reader.read(start, end)));
	} catch (error) {
		if (error instanceof ImageHeaderError) return error;
		throw error;
	}
}
