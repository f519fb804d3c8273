/** Milliseconds that a response is awaited at least. */
const least = 5_000;
/** How much longer than nine of ten responses took. */
const factor = 4;
/** Responses that the time is taken from: the latest ones. */
const count = 10;
/** Bytes that a system takes from a program before they are on their way. */
const sendBuffer = 4 * 1024 * 1024;

/** How long the storage takes to respond once it has a whole body. */
export interface ResponseTimes {
	/** Milliseconds to wait at most. */
	readonly most: number;
	/** Adds the milliseconds that a response took. */
	readonly add: (milliseconds: number) => void;
	/**
	 * Milliseconds to wait for a response.
	 *
	 * @param bytes of the body
	 * @param milliseconds that sending it took
	 */
	readonly limit: (bytes: number, milliseconds: number) => number;
}

/** @param most milliseconds to wait, also while too few responses came to tell */
export function createResponseTimes(most: number): ResponseTimes {
	const times: number[] = [];
	return {
		most,
		add(milliseconds) {
			times.push(milliseconds);
			if (times.length > count) times.shift();
		},
		limit(bytes, milliseconds) {
			if (times.length < count) return most;
			const usual = [...times].sort((a, b) => a - b)[Math.ceil(count * 0.9) - 1] ?? most;
			// the last bytes leave no faster than the others did
			const draining = milliseconds * Math.min(1, sendBuffer / Math.max(1, bytes));
			return Math.min(most, Math.max(least, factor * usual) + draining);
		},
	};
}
