/**
 * The bandwidth and latency of one connection.
 *
 * @typedef {object} LineOptions
 * @property {number} bytesPerSecond
 * @property {number} roundTrip milliseconds between the last byte of a request and its answer
 * @property {{ partNumber: number, bytesPerSecond: number }} [straggler] the connection that is the first
 *   to bring this part is slower from then on, until the next call of `take`
 */

/** Milliseconds of a late timer that are made up for. */
const maxCatchUp = 20;

/**
 * Keeps the time of one connection, in milliseconds.
 *
 * @param {LineOptions} line
 * @param {() => number} now
 */
export function keepTime({ bytesPerSecond, roundTrip }, now = () => performance.now()) {
	let free = -Infinity;
	let speed = bytesPerSecond;
	return {
		/** Limits the connection to another speed from now on. */
		slowDown: (bytesPerSecond) => {
			speed = bytesPerSecond;
		},
		/** Milliseconds to wait before reading more, after so many bytes. */
		afterBytes: (bytes) => {
			free = Math.max(free, now() - maxCatchUp) + (bytes / speed) * 1000;
			return free - now();
		},
		/** Milliseconds to wait before responding. */
		beforeAnswer: () => Math.max(free - now(), 0) + roundTrip,
	};
}
