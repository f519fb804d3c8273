import { UploadError } from "../errors.js";

/** A number of bytes: a whole number, or text such as `"5 MB"` (10^6) or `"5 MiB"` (2^20). */
export type ByteSize = number | `${number} ${SizeUnit}` | `${number}${SizeUnit}`;

/** Decimal units (kB = 1000 bytes) and binary ones (KiB = 1024 bytes). */
export type SizeUnit = "B" | "kB" | "KB" | "MB" | "GB" | "TB" | "KiB" | "MiB" | "GiB" | "TiB";

const units: Readonly<Record<SizeUnit, number>> = {
	B: 1,
	kB: 1e3,
	KB: 1e3,
	MB: 1e6,
	GB: 1e9,
	TB: 1e12,
	KiB: 2 ** 10,
	MiB: 2 ** 20,
	GiB: 2 ** 30,
	TiB: 2 ** 40,
};

const shape = /^(\d+(?:\.\d+)?) ?(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/;

/**
 * Reads a size in bytes.
 *
 * @throws TypeError when it is not a whole, positive number of bytes.
 */
export function parseSize(size: unknown): number {
	const match = typeof size === "string" ? shape.exec(size.trim()) : null;
	const bytes = match ? Math.round(Number(match[1]) * units[match[2] as SizeUnit]) : size;
	if (typeof bytes === "number" && Number.isSafeInteger(bytes) && bytes > 0) return bytes;
	throw new TypeError(
		`${JSON.stringify(size) ?? String(size)} is not a size: write bytes, such as 5000000, or "5 MB" (10^6) or "5 MiB" (2^20)`,
	);
}

const decimal = ["B", "kB", "MB", "GB", "TB"];

/** Formats a size for messages: 5000000 is `5 MB`. */
export function formatSize(bytes: number): string {
	let power = 0;
	while (power < decimal.length - 1 && bytes >= 1000 ** (power + 1)) power++;
	return `${Number((bytes / 1000 ** power).toFixed(2))} ${decimal[power]}`;
}

/** Formats two sizes that differ, for one message: in bytes where they are the same in words. */
export function formatSizes(one: number, other: number): readonly [string, string] {
	const words = [formatSize(one), formatSize(other)] as const;
	if (words[0] !== words[1]) return words;
	const inBytes = (bytes: number): string => `${bytes} bytes`;
	return [inBytes(one), inBytes(other)];
}

/**
 * The error of a file that is too large.
 *
 * @param size - Bytes; null while unknown.
 * @param limit - Bytes; undefined for the storage's own limit.
 */
export function tooLarge(size: number | null, limit: number | undefined): UploadError {
	const [has, most] = formatSizes(size ?? 0, limit ?? 0);
	const file = size === null ? "The file is too large" : `The file has ${has}`;
	const accepted = limit === undefined ? "" : `; at most ${most} are accepted`;
	return new UploadError("too-large", `${file}${accepted}.`, {
		values: { ...(size === null ? {} : { size }), ...(limit === undefined ? {} : { limit }) },
	});
}

/** Limits of a file's size, in bytes. */
interface SizeLimits {
	readonly maxSize?: number | undefined;
	readonly minSize?: number | undefined;
}

/** Refuses a size beyond the limits. @throws UploadError `too-large`, `invalid-size`. */
export function checkSize(size: number, { maxSize, minSize = 0 }: SizeLimits): void {
	if (maxSize !== undefined && size > maxSize) throw tooLarge(size, maxSize);
	if (size >= minSize) return;
	const [has, least] = formatSizes(size, minSize);
	const detail = `The file has ${has}; at least ${least} are required.`;
	throw new UploadError("invalid-size", detail, {
		errors: [{ field: "size", detail }],
		values: { size, limit: minSize },
	});
}
