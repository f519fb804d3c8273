import type { ProblemValues } from "#protocol";
import type { UploadErrorCode } from "../errors.js";
import type { UploadLimits } from "../object-types.js";
import type { AddedFile } from "./collect-files.js";

/** What an error is made of: errors are the page's, and this file is loaded on demand. */
export interface Rejection {
	readonly code: UploadErrorCode;
	readonly message: string;
	readonly values: ProblemValues;
}

/**
 * Why these limits do not let a file in; undefined where they do. The server checks the same again.
 */
export function rejectionOf(
	{ path, size, type = "application/octet-stream" }: AddedFile,
	{ maxSize, minSize, contentTypes, extensions }: UploadLimits,
): Rejection | undefined {
	if (size !== undefined && maxSize !== undefined && size > maxSize) {
		const message = `"${path}" has ${size} bytes, and at most ${maxSize} are accepted.`;
		return { code: "too-large", message, values: { size, limit: maxSize } };
	}
	if (size !== undefined && minSize !== undefined && size < minSize) {
		const message = `"${path}" has ${size} bytes, and at least ${minSize} are needed.`;
		return { code: "invalid-size", message, values: { size, limit: minSize } };
	}
	const essence = type.split(";")[0]?.trim().toLowerCase() ?? "";
	if (contentTypes && !contentTypes.some((accepted) => fits(essence, accepted))) {
		const accepted = contentTypes.join(", ");
		const message = `"${path}" is of type ${essence}. Accepted: ${accepted}.`;
		return { code: "unsupported-type", message, values: { contentType: essence, accepted } };
	}
	const extension = /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
	if (extensions && !extensions.includes(extension)) {
		const accepted = extensions.map((one) => `.${one}`).join(", ");
		const message = `"${path}" must end in ${accepted}.`;
		return { code: "unsupported-type", message, values: { extension, accepted } };
	}
	return undefined;
}

const fits = (essence: string, accepted: string): boolean =>
	accepted.endsWith("/*") ? essence.startsWith(accepted.slice(0, -1)) : essence === accepted;
