const units = ["B", "kB", "MB", "GB", "TB"];

/** Bytes in decimal units, as rules and providers state them. */
export function bytesInWords(bytes: number): string {
	let [value, unit] = [bytes, 0];
	// 999,950 would be rounded to 1000.0
	while (value >= 999.95 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
	return `${unit === 0 ? Math.round(value) : value.toFixed(1).replace(/\.0$/, "")} ${units[unit]}`;
}
