import { archiveFormat } from "../archive/formats.js";
import { textOf, textType } from "../content/text-type.js";
import { type ImageRest, restOfImage } from "../image/image-end.js";
import { ImageHeaderError } from "../image/image-file.js";
import { imageSize } from "../image/image-header.js";
import type { ObjectReader } from "../object-reader.js";
import { infected, type StepResult, unscannable } from "../step.js";

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
	const other = startOfOther(head);
	if (other !== undefined) return twoFiles(mime, other);
	// cameras and phones put more pictures there, films and texts, and readers show what was cut off
	if (mime === "image/jpeg" || length === 0) return undefined;
	// nothing follows what was cut off
	if (length === undefined && mime === "image/webp") return undefined;
	if (mime.endsWith("png") || length === undefined) {
		return infected("two-files", `Bytes follow the end of the ${mime}, or it was cut off.`);
	}
	// old programs left what nobody knows
	return head.length === 0
		? undefined
		: unscannable("trailing-bytes", `Bytes of no known kind follow the end of the ${mime}.`);
}

/** The markup or archive that bytes begin with. */
function startOfOther(bytes: Buffer): string | undefined {
	const text = textOf(bytes) ?? textOf(bytes.subarray(0, bytes.indexOf(0)));
	const type = text === undefined ? undefined : textType(text, false);
	return type === "html" || type === "xhtml" || type === "svg" ? type : archiveFormat(bytes);
}
