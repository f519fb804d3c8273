/**
 * A line as long and as wide as that of a real network, for one connection.
 *
 * @typedef {object} Line
 * @property {number} bytesPerSecond
 * @property {number} roundTrip milliseconds between the last byte of a request and its answer
 */

/** Time that may be made up for when a timer fires late, in milliseconds. */
const patience = 20;

/**
 * Keeps the time of one connection, in milliseconds.
 *
 * @param {Line} line
 * @param {() => number} now
 */
export function keepTime({ bytesPerSecond, roundTrip }, now = () => performance.now()) {
	let free = -Infinity;
	return {
		/** How long to wait before more is read, after so many bytes. */
		afterBytes: (bytes) => {
			free = Math.max(free, now() - patience) + (bytes / bytesPerSecond) * 1000;
			return free - now();
		},
		/** How long to wait before an answer is sent. */
		beforeAnswer: () => Math.max(free - now(), 0) + roundTrip,
	};
}
