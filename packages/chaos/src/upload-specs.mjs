// Which files are uploaded, and how: all drawn from the seed.

const mebibyte = 1024 * 1024;

/** Where something changes: nothing at all, S3's smallest part, our part, the switch to parts. */
const boundaries = [
	0,
	1,
	...[5 * mebibyte, 16 * mebibyte, 100_000_000].flatMap((size) => [size - 1, size, size + 1]),
];

/** Bytes of the largest file. */
export const largest = 300_000_000;

/** Rules of the handler's table, and what they have an upload try. */
export const rules = ["whole", "confirmed", "parts"];
const sources = ["bytes", "blob", "file"];

/**
 * @typedef {object} Errand
 * @property {number} number
 * @property {number} size in bytes
 * @property {number} offset of its bytes among those that all files are cut from
 * @property {string} rule
 * @property {string} key
 * @property {string} source
 * @property {number} multipartThreshold
 */

/**
 * @param {number} seed
 * @param {object} draw
 * @param {number} draw.count
 * @param {number} draw.total bytes of all files together, at most
 * @param {number} [draw.least] bytes of the smallest file beside the boundaries
 * @param {readonly string[]} [draw.among] the rules to draw from
 * @returns {readonly Errand[]}
 */
export function drawErrands(seed, { count, total, least = 1, among = rules }) {
	const random = createRandom(seed);
	let left = total;
	return Array.from({ length: count }, (_, number) => {
		const drawn = Math.floor(least * Math.exp(random() * Math.log(largest / least)));
		const size = Math.min(boundaries[number] ?? drawn, left);
		left -= size;
		const rule = pick(random, among);
		return {
			number,
			size,
			offset: Math.floor(random() * (largest - size)),
			rule,
			key: `${rule}/${number}`,
			source: pick(random, sources),
			// parts of 5 MiB, so that small files make many requests, too
			multipartThreshold: rule === "parts" ? 5 * mebibyte : 100_000_000,
		};
	});
}

/**
 * What befalls the page of an upload, and when: shares of the file that have left by then.
 *
 * @param {number} seed
 * @param {Errand} errand
 * @returns {{ offlineAt?: number, reloadAt?: number }}
 */
export function drawInterruptions(seed, errand) {
	const random = createRandom(seed * 1_000 + errand.number);
	const [offline, offlineAt, reload, reloadAt] = Array.from({ length: 4 }, random);
	return {
		...(offline < 0.4 ? { offlineAt } : {}),
		// of an upload in one request, nobody knows after a reload whether it came to its end
		...(reload < 0.7 && goesInParts(errand) ? { reloadAt } : {}),
	};
}

export const goesInParts = ({ size, multipartThreshold }) => size > multipartThreshold;

const pick = (random, list) => list[Math.floor(random() * list.length)];

/** Mulberry32: small, and the same everywhere. */
export function createRandom(seed) {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}
