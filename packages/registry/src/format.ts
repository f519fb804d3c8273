/** Of numbers; the sentences are in words.ts. */
const locale = "en";
const number = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 });
const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const units = ["kB", "MB", "GB", "TB"];

/**
 * Bytes with the decimal units that file managers use: `150 MB`.
 *
 * @param bytes - The size.
 * @returns The words.
 */
export function sizeInWords(bytes: number): string {
	// to three digits at first, or 999,999 would be 1,000 kB
	const rounded = Number(bytes.toPrecision(3));
	if (bytes < 1000) return rounded === 1 ? "1 byte" : `${whole.format(rounded)} bytes`;
	const power = Math.min(Math.floor(Math.log10(rounded) / 3), units.length);
	return `${number.format(bytes / 1000 ** power)} ${units[power - 1]}`;
}

/**
 * Seconds, rounded up to what a waiting person wants to know.
 *
 * @param seconds - How long it will take.
 * @param long - Whether units are written out, for screen readers. @default false
 * @returns `8 s left`, or `8 seconds left`.
 */
export function timeInWords(seconds: number, long = false): string {
	const [value, unit, name] =
		seconds <= 59
			? [Math.ceil(seconds), "s", "second"]
			: seconds <= 59 * 60
				? [Math.ceil(seconds / 60), "min", "minute"]
				: [Math.ceil(seconds / 360) / 10, "h", "hour"];
	return long ? `${value} ${name}${value === 1 ? "" : "s"} left` : `${value} ${unit} left`;
}

/**
 * How much of a file is sent.
 *
 * @param progress - Bytes, and all bytes where they are known.
 * @returns `42%`, or the bytes where the total is unknown.
 */
export const percentInWords = ({
	loaded,
	total,
}: {
	readonly loaded: number;
	readonly total?: number | undefined;
}): string =>
	total ? `${Math.min(100, Math.floor((100 * loaded) / total))}%` : sizeInWords(loaded);

/**
 * @param count - How many.
 * @param one - The word for one of them; more get an "s".
 * @returns `1 file`, `3 files`.
 */
export const countInWords = (count: number, one: string): string =>
	`${whole.format(count)} ${one}${count === 1 ? "" : "s"}`;
