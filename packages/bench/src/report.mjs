/**
 * @typedef {object} Target
 * @property {string} name
 * @property {number} value
 * @property {number} [atLeast]
 * @property {number} [atMost]
 * @property {string} unit
 */

const digits = (value) => (typeof value === "number" ? format(value) : value);

/** Three significant digits, and no fewer than the whole number has. */
function format(value) {
	return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** Prints a result's rows as a table, text to the left and numbers to the right. */
export function printResult({ rows }) {
	const columns = Object.keys(rows[0]);
	const cells = [columns, ...rows.map((row) => columns.map((column) => digits(row[column])))];
	const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index].length)));
	for (const line of cells) {
		const padded = line.map((cell, index) =>
			typeof rows[0][columns[index]] === "number"
				? cell.padStart(widths[index])
				: cell.padEnd(widths[index]),
		);
		console.log(`  ${padded.join("  ").trimEnd()}`);
	}
}

/** Prints one line per target: whether it was reached, and by how much. */
export function printTargets(results) {
	for (const { name, targets } of results) {
		for (const target of targets) {
			const { value, atLeast, atMost, unit } = target;
			const wanted = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
			const verdict = isReached(target) ? "ok    " : "missed";
			console.log(`${verdict}  ${name}: ${target.name}: ${format(value)} ${unit} (${wanted})`);
		}
	}
}

function isReached({ value, atLeast = -Infinity, atMost = Infinity }) {
	return value >= atLeast && value <= atMost;
}
