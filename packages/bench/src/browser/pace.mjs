/** Milliseconds that a timer's lateness may be made up for. */
const slack = 5;

/**
 * Holds a connection to a pace: what comes in too early stays in the kernel's buffers, which hold
 * the sender back when they are full.
 *
 * @param {import("node:net").Socket} socket
 * @param {number} bytesPerSecond
 * @returns {(length: number) => void} to be told of all that was read
 */
export function pace(socket, bytesPerSecond) {
	/** When the last byte so far is due. */
	let due = 0;
	return (length) => {
		const now = performance.now();
		due = Math.max(due, now - slack) + (1000 * length) / bytesPerSecond;
		if (due <= now) return;
		socket.pause();
		setTimeout(() => socket.resume(), due - now);
	};
}
