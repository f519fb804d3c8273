// Which files are uploaded, and how: all drawn from the seed.

const mebibyte = 1024 * 1024;

/** Boundary sizes: empty, one byte, S3's minimum part, our part, the multipart threshold. */
const boundaries = [
	0,
	1,
	...[5 * mebibyte, 16 * mebibyte, 100_000_000].flatMap((size) => [size - 1, size, size + 1]),
];

/** Bytes of the largest file. */
export const largest = 300_000_000;

/** The rules of the handler's table. */
export const rules = ["whole", "confirmed", "parts"];
const sources = ["bytes", "blob", "file"];

/**
 * @typedef {object} UploadSpec
 * @property {number} number
 * @property {number} size in bytes
 * @property {number} offset of its bytes in the buffer that all files are cut from
 * @property {string} rule
 * @property {string} key
 * @property {string} source
 * @property {number} multipartThreshold
 */

/**
 * @param {number} seed
 * @param {object} limits
 * @param {number} limits.count
 * @param {number} limits.total maximum bytes of all files together
 * @param {number} [limits.least] minimum bytes of a file, except the boundary sizes
 * @param {readonly string[]} [limits.among] the rules to draw from
 * @returns {readonly UploadSpec[]}
 */
export function drawUploadSpecs(seed, { count, total, least = 1, among = rules }) {
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
			// parts of 5 MiB let small files make many requests
			multipartThreshold: rule === "parts" ? 5 * mebibyte : 100_000_000,
		};
	});
}

/**
 * When the page of an upload goes offline and is reloaded: shares of the file sent by then.
 *
 * @param {number} seed
 * @param {UploadSpec} spec
 * @returns {{ offlineAt?: number, reloadAt?: number }}
 */
export function drawInterruptions(seed, spec) {
	const random = createRandom(seed * 1_000 + spec.number);
	const [offline, offlineAt, reload, reloadAt] = Array.from({ length: 4 }, random);
	return {
		...(offline < 0.4 ? { offlineAt } : {}),
		// only multipart uploads can be resumed after a reload
		...(reload < 0.7 && isMultipart(spec) ? { reloadAt } : {}),
	};
}

export const isMultipart = ({ size, multipartThreshold }) => size > multipartThreshold;

const pick = (random, list) => list[Math.floor(random() * list.length)];

/** Mulberry32: a small generator with the same sequence on every platform. */
export function createRandom(seed) {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}
