/** The competitor of a row: the first column, whatever its head. */
export const nameOf = (row) => Object.values(row)[0];

/**
 * One bar of a {@link import("../report/bar-chart.mjs").Chart} per row, ours highlighted.
 *
 * @param {(row: object) => { value: number, low?: number, high?: number }} pick
 */
export function barsOf(rows, pick) {
	return rows.map((row) => {
		const name = nameOf(row);
		return { name, ours: name.startsWith("skyput"), ...pick(row) };
	});
}
