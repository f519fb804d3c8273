import { archiveFormat } from "../archive/formats.js";
import { textOf, textType } from "../content/text-type.js";
import { type ImageRest, restOfImage } from "../image/image-end.js";
import { ImageHeaderError } from "../image/image-file.js";
import { imageSize } from "../image/image-header.js";
import type { ObjectReader } from "../object-reader.js";
import { infected, type StepResult } from "../step.js";

export const twoFiles = (mime: string, other: string): StepResult =>
	infected("two-files", `The file is ${mime} and ${other} at once.`);

/**
 * Checks that an image has a header of its type, and that no other file follows its end. It reads PNG, GIF, JPEG and
 * WebP, and no others.
 *
 * @param mime - What the image was recognised as.
 * @returns What is wrong; undefined where nothing is.
 */
export async function checkImage(
	mime: string,
	reader: ObjectReader,
): Promise<StepResult | undefined> {
	if (/^image\/(?:a?png|gif|jpeg)$/.test(mime)) {
		try {
			await imageSize(async (start, end) => Buffer.from(await reader.read(start, end)));
		} catch (error) {
			if (error instanceof ImageHeaderError) return infected("type-mismatch", error.message);
			throw error;
		}
	}
	const rest = await restOfImage(mime, reader);
	return rest && lookBehindImage(mime, rest);
}

/** What must not follow a picture; undefined where it may. */
function lookBehindImage(mime: string, { length, head }: ImageRest): StepResult | undefined {
	if (mime === "image/jpeg") {
		// cameras and phones put more pictures there, films and texts, and readers show what was cut off
		const other = startOfOther(head);
		return other === undefined ? undefined : twoFiles(mime, other);
	}
	const isPadding = length === head.length && head.every((byte) => byte === 0);
	if (length === 0 || (isPadding && !mime.endsWith("png"))) return undefined;
	// nothing follows what was cut off; writers leave out the last byte of an odd length
	if (length === undefined && mime === "image/webp") return undefined;
	return infected("two-files", `Bytes follow the end of the ${mime}, or it was cut off.`);
}

/** The markup or archive that bytes begin with, perhaps behind zeros. */
function startOfOther(bytes: Buffer): string | undefined {
	const start = bytes.findIndex((byte) => byte !== 0);
	if (start < 0) return undefined;
	const rest = bytes.subarray(start);
	const text = textOf(rest);
	const type = text === undefined ? undefined : textType(text, false);
	return type === "html" || type === "xhtml" || type === "svg" ? type : archiveFormat(rest);
}
