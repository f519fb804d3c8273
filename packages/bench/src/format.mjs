/** Formats measured numbers with three significant digits, or all digits of the integer part. */
export function format(value) {
	if (typeof value !== "number") return value ?? "";
	if (Number.isInteger(value)) return String(value);
	return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
