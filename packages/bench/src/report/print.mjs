import { format } from "../format.mjs";

/**
 * @typedef {object} Target
 * @property {string} name
 * @property {number} value
 * @property {number} [atLeast]
 * @property {number} [atMost]
 * @property {string} unit
 */

/** Prints the rows of a result as a table, text aligned left and numbers right. */
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

/** Prints one line per target: whether it was reached, and its value. */
export function printTargets(results) {
	for (const { name, targets } of results) {
		for (const target of targets) {
			const { value, unit } = target;
			const verdict = isReached(target) ? "ok    " : "missed";
			const wanted = wantedOf(target);
			console.log(`${verdict}  ${name}: ${target.name}: ${format(value)} ${unit} (${wanted})`);
		}
	}
}

/** The bound of a target in words. */
export function wantedOf({ atLeast, atMost }) {
	return atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
}

export function isReached({ value, atLeast = -Infinity, atMost = Infinity }) {
	return value >= atLeast && value <= atMost;
}
