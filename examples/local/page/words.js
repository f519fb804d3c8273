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

const percentOf = ({ loaded, total }) =>
	total ? `${Math.floor((100 * loaded) / total)}%` : sizeInWords(loaded);

/**
 * `42% · 3.1 MB/s · 2 min left`, as far as it is known.
 *
 * @param {import("@skyput/client").UploadSnapshot} snapshot
 */
export function progressInWords(snapshot) {
	const { loaded, total, bytesPerSecond, secondsLeft } = snapshot;
	// the last byte has left, and the storage has not answered yet
	if (total !== undefined && loaded === total) return "Finishing…";
	if (bytesPerSecond === undefined && loaded > 0) return "Slow connection. Still uploading.";
	const words = [percentOf(snapshot)];
	if (bytesPerSecond !== undefined) words.push(`${sizeInWords(bytesPerSecond)}/s`);
	if (secondsLeft !== undefined) words.push(timeInWords(secondsLeft));
	return words.join(" · ");
}

/** Why an upload is `retrying`. */
const interruptions = { network: "Connection lost.", timeout: "No response." };

/** What a row says in each state; `detail` says what to do. */
const words = {
	queued: () => ({ status: "Waiting" }),
	starting: () => ({ status: "Preparing…" }),
	uploading: (snapshot) => ({ status: progressInWords(snapshot) }),
	paused: (snapshot) => ({ status: `Paused at ${percentOf(snapshot)}` }),
	offline: () => ({ status: "You’re offline. Continues when you reconnect." }),
	retrying: ({ error }) => ({
		status: `${interruptions[error?.code] ?? "Something went wrong."} Trying again…`,
	}),
	completing: () => ({ status: "Finishing…" }),
	done: ({ loaded }) => ({ status: `Uploaded · ${sizeInWords(loaded)}` }),
	failed: ({ error }) => ({ status: "Upload failed", detail: errorInWords(error) }),
	aborted: () => ({ status: "Canceled" }),
};

/** `status` and `detail` of a row. */
export const stateInWords = (snapshot) => words[snapshot.state](snapshot);

/** What a screen reader says when the state changes; undefined where it need not say anything. */
export function announcementOf(snapshot) {
	const { status, detail } = stateInWords(snapshot);
	switch (snapshot.state) {
		case "starting":
			return "upload started";
		case "failed":
			return `${status}. ${detail}`;
		case "paused":
		case "offline":
		case "retrying":
		case "done":
		case "aborted":
			return status;
		default:
			return undefined;
	}
}

/** For the person at the page; other errors say it themselves. */
const errorWords = {
	"already-exists": "This name exists.",
	"file-changed": "The file changed. Choose it again.",
	unauthenticated: "Sign in to upload.",
	forbidden: "You can’t upload here.",
	network: "Connection lost.",
	timeout: "No response.",
	internal: "Something went wrong on our side.",
	"storage-error": "Something went wrong on our side.",
	"storage-unavailable": "Something went wrong on our side.",
};

/** An `UploadError` in words. */
export const errorInWords = ({ code, message }) => errorWords[code] ?? message;

/** These end the same way however often the same file is sent. */
const final = new Set([
	"too-large",
	"unsupported-type",
	"invalid-key",
	"forbidden",
	"rejected",
	"file-changed",
]);

/** The label of the button that tries again; undefined where that would be in vain. */
export function retryInWords(error) {
	if (error?.code === "already-exists") return "Upload under a new name";
	return final.has(error?.code) ? undefined : "Try again";
}
