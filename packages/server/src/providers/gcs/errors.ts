import type { ErrorCode } from "#protocol";
import { UploadError, type UploadErrorOptions } from "../../errors.js";

/** What a control call does, as messages name it. */
export type StorageAction =
	| `${"begin" | "complete" | "abort"} the upload`
	| `list the ${"parts" | "objects" | "uploads"}`
	| `${"check" | "copy" | "delete"} the object`;

/** A response that is no success. */
export interface Refusal {
	readonly status: number;
	/** The storage's own error code; empty in a response to HEAD. */
	readonly name: string;
	/** Seconds by which the server's clock is ahead of the storage's. */
	readonly skew: number;
}

/** Code, sentence, and what the log says beside it. */
type Meaning = readonly [code: ErrorCode, message: string, reason?: string];

const busy: Meaning = ["storage-unavailable", "The storage is unavailable. Try again."];
const wrongParts: Meaning = [
	"invalid-parts",
	"The storage refused the list of parts: one is missing, too small, or has changed.",
];

/** By Google's own error code. https://docs.cloud.google.com/storage/docs/xml-api/reference-status */
const byName: Readonly<Record<string, Meaning>> = {
	PreconditionFailed: ["already-exists", "An object with this key exists."],
	InvalidPart: wrongParts,
	InvalidPartOrder: wrongParts,
	EntityTooSmall: wrongParts,
	EntityTooLarge: wrongParts,
	BadDigest: ["checksum-mismatch", "The stored bytes do not match their checksum."],
	NotImplemented: ["unsupported", "The storage cannot do this."],
};

/** Whether the storage refuses signatures of a clock that is wrong by so many seconds. */
export function isSkewed(skew: number): boolean {
	return Math.abs(skew) > 15 * 60;
}

const elsewhere =
	"It answered a web page: check the option endpoint of gcsProvider, and the proxies in front of it.";

function meaningOf(refusal: Refusal, action: StorageAction, bucket: string): Meaning {
	const { status, name, skew } = refusal;
	const known = Object.hasOwn(byName, name) ? byName[name] : undefined;
	// a generation is the only condition of a delete
	if (status === 412 && action === "delete the object") return ["conflict", "It has changed."];
	if (known) return known;
	if (name === "NoSuchBucket") {
		return [
			"storage-error",
			"The storage has no such bucket.",
			`Check the option bucket: ${bucket}.`,
		];
	}
	if (status === 404) {
		return action.endsWith("object")
			? ["not-found", "There is no such object."]
			: ["upload-not-found", "There is no such upload: it was completed, aborted, or removed."];
	}
	if (status < 404 && isSkewed(skew)) {
		const minutes = Math.round(Math.abs(skew) / 60);
		const clock = `The server's clock is ${minutes} minutes ${skew > 0 ? "ahead" : "behind"}`;
		return ["storage-error", `${clock}, so the storage refuses its signatures. Set the clock.`];
	}
	if (status === 401 || status === 403) {
		return [
			"forbidden",
			"The storage refused the server's credentials.",
			`It answered ${shown(refusal)}: the key is wrong or disabled, or its account lacks a permission (docs/gcs.md lists them).`,
		];
	}
	if (status === 408 || status === 429 || status >= 500) return busy;
	if (status < 300) {
		// the upload may be complete nevertheless: the next attempt looks
		return action === "complete the upload"
			? busy
			: ["storage-error", "Something other than the storage answered.", elsewhere];
	}
	return ["storage-error", `The storage answered ${shown(refusal)}.`];
}

// the name comes from the response body: it is quoted only if it looks like an error code
function shown({ status, name }: Refusal): string {
	return /^[A-Za-z]{3,64}$/.test(name) ? `${name} (${status})` : String(status);
}

/** Turns a refusal into an {@link UploadError}. */
export function storageError(refusal: Refusal, action: StorageAction, bucket: string): UploadError {
	const cause = new Error(`The storage answered ${shown(refusal)}.`);
	const meaning = meaningOf(refusal, action, bucket);
	const values = meaning[0] === "storage-error" ? { bucket, status: refusal.status } : undefined;
	return errorOf(meaning, action, { cause, values });
}

/** The error for a call that got no answer. */
export function unreachable(cause: unknown, action: StorageAction): UploadError {
	return errorOf(busy, action, { cause });
}

function errorOf(
	[code, message, reason]: Meaning,
	action: string,
	options: Pick<UploadErrorOptions, "cause" | "values">,
): UploadError {
	const sentence = `Could not ${action}. ${message}`;
	return new UploadError(code, sentence, {
		...options,
		reason: reason && `${sentence} ${reason}`,
		retryAfter: code === "storage-unavailable" ? 1 : undefined,
	});
}
