const number = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const units = ["kB", "MB", "GB", "TB"];

/** Bytes with the decimal units that file managers and rules use: `150 MB`. */
export function sizeInWords(bytes) {
	// to three digits at first, or 999,999 would be 1,000 kB
	const rounded = Number(bytes.toPrecision(3));
	if (bytes < 1000) return rounded === 1 ? "1 byte" : `${rounded} bytes`;
	const power = Math.min(Math.floor(Math.log10(rounded) / 3), units.length);
	return `${number.format(bytes / 1000 ** power)} ${units[power - 1]}`;
}

/** Seconds, rounded up to what a waiting person wants to know: `8 s left`. */
export function timeInWords(seconds) {
	if (seconds <= 59) return `${Math.ceil(seconds)} s left`;
	if (seconds <= 59 * 60) return `${Math.ceil(seconds / 60)} min left`;
	return `${Math.ceil(seconds / 360) / 10} h left`;
}

/**
 * `42 %, 12 MB/s, 8 s left`, as far as it is known.
 *
 * @param {import("@skyput/client").Progress} progress
 */
export function progressInWords({ loaded, total, bytesPerSecond, secondsLeft }) {
	const words = [total ? `${Math.floor((100 * loaded) / total)} %` : sizeInWords(loaded)];
	if (bytesPerSecond > 0) words.push(`${sizeInWords(bytesPerSecond)}/s`);
	if (secondsLeft !== undefined) words.push(timeInWords(secondsLeft));
	return words.join(", ");
}

/** What the person at the page can do; all other errors say it themselves. */
const advice = {
	"already-exists": "Upload it under a new name.",
	"too-large": "Choose a smaller file.",
	"unsupported-type": "Choose a file of another type.",
	"invalid-key": "Rename the file and choose it again.",
	network: "Check the connection, then retry.",
	offline: "Check the connection, then retry.",
	timeout: "Check the connection, then retry.",
	"storage-unavailable": "Wait a moment, then retry.",
	"rate-limited": "Wait a moment, then retry.",
};

/** An `UploadError` in words: what happened, and what to do. */
export const errorInWords = ({ code, message }) =>
	[message, advice[code]].filter(Boolean).join(" ");

/** These end the same way however often the same file is sent. */
const final = new Set([
	"too-large",
	"unsupported-type",
	"invalid-key",
	"forbidden",
	"rejected",
	"file-changed",
]);

/** What the button that tries again says; undefined where another try is in vain. */
export function retryInWords({ code }) {
	if (code === "already-exists") return "Upload under a new name";
	return final.has(code) ? undefined : "Retry";
}
