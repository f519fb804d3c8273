/**
 * @typedef {object} Target
 * @property {string} name
 * @property {number} value
 * @property {number} [atLeast]
 * @property {number} [atMost]
 * @property {string} unit
 */

/** Words as they are; of numbers three significant digits, and no fewer than the whole number has. */
function format(value) {
	if (typeof value !== "number") return value ?? "";
	return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** Prints a result's rows as a table, words to the left and numbers to the right. */
export function printResult({ rows }) {
	const columns = Object.keys(rows[0]).map((name) => {
		const values = rows.map((row) => row[name]);
		const cells = [name, ...values.map(format)];
		const width = Math.max(...cells.map((cell) => cell.length));
		const numeric = values.some((value) => typeof value === "number");
		return cells.map((cell) => (numeric ? cell.padStart(width) : cell.padEnd(width)));
	});
	for (const line of columns[0].keys()) {
		console.log(
			`  ${columns
				.map((cells) => cells[line])
				.join("  ")
				.trimEnd()}`,
		);
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
