import type { PartWindow } from "./messages.js";

/** Bytes above which a file is uploaded in parts, unless the caller asks otherwise: 100 MB. */
export const multipartThreshold = 100_000_000;

/** Bytes of a part by default: 16 MiB. */
export const defaultPartSize: number = 16 * 1024 * 1024;

const mebibyte = 1024 * 1024;

/** The largest part chosen for an unknown length; it bounds what a client buffers. */
const maxUnknownLengthPart = 128 * mebibyte;

/** What a storage allows for multipart uploads, in bytes and counts. */
export interface MultipartLimits {
	readonly minPartSize: number;
	readonly maxPartSize: number;
	readonly maxParts: number;
	readonly maxObjectSize: number;
}

export interface PartPlan {
	/** Bytes of every part but the last. */
	readonly partSize: number;
	readonly partCount: number;
}

/** Whether a file of this size is uploaded in parts by default. */
export function wantsMultipart(
	size: number | null,
	threshold: number = multipartThreshold,
): boolean {
	return size === null || size > threshold;
}

const roundUp = (bytes: number): number => Math.ceil(bytes / mebibyte) * mebibyte;

const clamp = (value: number, low: number, high: number): number =>
	Math.min(Math.max(value, low), high);

/**
 * Divides a file of known size into equal parts and a last one that may be shorter. The preferred part
 * size grows, in whole MiB, where the storage's number of parts is not enough. An empty file has none.
 *
 * @returns null where the file is larger than the storage's largest object.
 */
export function planParts(
	size: number,
	limits: MultipartLimits,
	preferred: number = defaultPartSize,
): PartPlan | null {
	if (size > limits.maxObjectSize) return null;
	const partSize = clamp(
		Math.max(preferred, roundUp(size / limits.maxParts)),
		limits.minPartSize,
		limits.maxPartSize,
	);
	const partCount = Math.ceil(size / partSize);
	return partCount > limits.maxParts ? null : { partSize, partCount };
}

/** The part size for a file of unknown length that may grow to `maxSize` bytes. */
export function planUnknownLength(maxSize: number, limits: MultipartLimits): number {
	const enough = Math.ceil(Math.min(maxSize, limits.maxObjectSize) / limits.maxParts);
	return clamp(
		clamp(enough, defaultPartSize, maxUnknownLengthPart),
		limits.minPartSize,
		limits.maxPartSize,
	);
}

/** Bytes of part `partNumber` (from 1) of a file divided by {@link planParts}. */
export function sizeOfPart(partNumber: number, size: number, partSize: number): number {
	return Math.min(partSize, size - (partNumber - 1) * partSize);
}

/** The URL of part `partNumber`, which the window has, by the rule of {@link PartWindow}. */
export function partUrl(
	window: Pick<PartWindow, "first" | "urls" | "values">,
	partNumber: number,
): string {
	return (
		(window.urls[partNumber % window.urls.length] ?? "")
			.replace("{partNumber}", `${partNumber}`)
			// a function, since `$&` in a text is a pattern
			.replace("{value}", () => window.values[partNumber - window.first] ?? "")
	);
}
