import { UploadError } from "../errors.js";
import type { UploadLimits } from "../object-types.js";
import type { AddedFile } from "./collect-files.js";

/**
 * Asks for the limits of a list once, and again after a failure.
 *
 * @returns none where that fails: the server decides about each file, and tells why it cannot be asked
 */
export function keepLimits(
	given: UploadLimits | (() => Promise<UploadLimits>) = {},
): () => Promise<UploadLimits> {
	let limits: Promise<UploadLimits> | undefined;
	return async () => {
		limits ??= (async () => (typeof given === "function" ? await given() : given))();
		return await limits.catch(() => {
			limits = undefined;
			return {};
		});
	};
}

/** A list has no room for more files. */
export const tooMany = (limit: number): UploadError =>
	new UploadError("invalid-request", `At most ${limit} files can be added.`, { values: { limit } });

/** Why these limits do not let a file in; undefined where they do. The server checks the same again. */
export function rejectionOf(
	{ name, size, type = "application/octet-stream" }: AddedFile,
	{ maxSize, minSize, contentTypes, extensions }: UploadLimits,
): UploadError | undefined {
	if (size !== undefined && maxSize !== undefined && size > maxSize) {
		const message = `"${name}" has ${size} bytes, and at most ${maxSize} are accepted.`;
		return new UploadError("too-large", message, { values: { size, limit: maxSize } });
	}
	if (size !== undefined && minSize !== undefined && size < minSize) {
		const message = `"${name}" has ${size} bytes, and at least ${minSize} are needed.`;
		return new UploadError("invalid-size", message, { values: { size, limit: minSize } });
	}
	const essence = type.split(";")[0]?.trim().toLowerCase() ?? "";
	if (contentTypes && !contentTypes.some((accepted) => fits(essence, accepted))) {
		const accepted = contentTypes.join(", ");
		const message = `"${name}" is of type ${essence}. Accepted: ${accepted}.`;
		return new UploadError("unsupported-type", message, {
			values: { contentType: essence, accepted },
		});
	}
	const extension = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
	if (extensions && !extensions.includes(extension)) {
		const accepted = extensions.map((one) => `.${one}`).join(", ");
		const message = `The name "${name}" does not end in one of ${accepted}.`;
		return new UploadError("unsupported-type", message, { values: { extension, accepted } });
	}
	return undefined;
}

const fits = (essence: string, accepted: string): boolean =>
	accepted.endsWith("/*") ? essence.startsWith(accepted.slice(0, -1)) : essence === accepted;
