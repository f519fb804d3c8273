/** Words and counts as they are; of measured numbers three significant digits, and no fewer than the whole number has. */
export function format(value) {
	if (typeof value !== "number") return value ?? "";
	if (Number.isInteger(value)) return String(value);
	return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
