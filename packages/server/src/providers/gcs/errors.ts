import type { ErrorCode } from "#protocol";
import { UploadError } from "../../errors.js";

/** What a control call does, as messages name it. */
export type StorageAction =
	| "begin the upload"
	| "list the parts"
	| "complete the upload"
	| "abort the upload"
	| "check the object"
	| "copy the object"
	| "delete the object";

/** A response that is no success. */
export interface Refusal {
	readonly status: number;
	/** The storage's own error code; empty in a response to HEAD. */
	readonly name: string;
	/** Seconds by which the server's clock is ahead of the storage's. */
	readonly skew: number;
}

interface Meaning {
	readonly code: ErrorCode;
	readonly message: string;
	/** For the log. @default the message */
	readonly reason?: string;
}

const multipartCalls: readonly StorageAction[] = [
	"list the parts",
	"complete the upload",
	"abort the upload",
];

const uploadGone: Meaning = {
	code: "upload-not-found",
	message: "The storage has no such upload: it was completed, aborted, or removed.",
};
const busy: Meaning = {
	code: "storage-unavailable",
	message: "The storage is unavailable. Try again.",
};
const wrongParts: Meaning = {
	code: "invalid-parts",
	message: "The storage refused the list of parts: one is missing, too small, or has changed.",
};

/** By Google's own error code. https://docs.cloud.google.com/storage/docs/xml-api/reference-status */
const byName: Readonly<Record<string, Meaning>> = {
	NoSuchUpload: uploadGone,
	PreconditionFailed: { code: "already-exists", message: "An object with this key exists." },
	InvalidPart: wrongParts,
	InvalidPartOrder: wrongParts,
	EntityTooSmall: wrongParts,
	EntityTooLarge: wrongParts,
	BadDigest: {
		code: "checksum-mismatch",
		message: "The stored bytes do not match their checksum.",
	},
	NotImplemented: { code: "unsupported", message: "The storage cannot do this." },
};

/** Seconds by which the server's clock may be wrong before the storage refuses its signatures. */
const allowedSkew = 15 * 60;

function meaningOf(refusal: Refusal, action: StorageAction, bucket: string): Meaning {
	const { status, name, skew } = refusal;
	if (name === "NoSuchKey" && multipartCalls.includes(action)) return uploadGone;
	// a generation is the only condition of a delete
	if (status === 412 && action === "delete the object") {
		return { code: "conflict", message: "The object has changed." };
	}
	const known = Object.hasOwn(byName, name) ? byName[name] : undefined;
	if (known) return known;
	if (name === "NoSuchBucket") {
		return {
			code: "storage-error",
			message: "The storage has no such bucket.",
			reason: `The bucket ${bucket} does not exist. Check the option bucket.`,
		};
	}
	if ((status === 400 || status === 401 || status === 403) && Math.abs(skew) > allowedSkew) {
		return clockFault(skew);
	}
	if (status === 401 || status === 403) return denied(name, action);
	if (status === 408 || status === 429 || status >= 500) return busy;
	return { code: "storage-error", message: `The storage answered ${shown(refusal)}.` };
}

function denied(name: string, action: StorageAction): Meaning {
	const why =
		name === "SignatureDoesNotMatch" || name === "InvalidSecurity"
			? "The key does not belong to the service account or access id, or is disabled. Check the option credentials."
			: `The credentials may not ${action}, or are not accepted. docs/gcs.md lists the IAM permissions.`;
	const message = "The storage refused the server's credentials.";
	return {
		code: "forbidden",
		message,
		reason: `${message} ${shown({ status: 403, name })}: ${why}`,
	};
}

function clockFault(skew: number): Meaning {
	const minutes = Math.round(Math.abs(skew) / 60);
	return {
		code: "storage-error",
		message: `The server's clock is ${minutes} minutes ${skew > 0 ? "ahead" : "behind"}, so the storage refuses its signatures. Set the clock.`,
	};
}

// the name comes from the response body: it is quoted only if it looks like an error code
function shown({ status, name }: Pick<Refusal, "status" | "name">): string {
	return /^[A-Za-z]{3,64}$/.test(name) ? `${name} (${status})` : String(status);
}

/** Whether the response says that the object or the upload does not exist. */
export function isMissing({ status, name }: Refusal): boolean {
	return status === 404 && name !== "NoSuchBucket";
}

/** Turns a refusal into an {@link UploadError}. */
export function storageError(refusal: Refusal, action: StorageAction, bucket: string): UploadError {
	const { code, message, reason } = meaningOf(refusal, action, bucket);
	const sentence = `Could not ${action}. ${message}`;
	return new UploadError(code, sentence, {
		cause: new Error(`The storage answered ${shown(refusal)}.`),
		reason: reason ? `Could not ${action}. ${reason}` : sentence,
		...(code === "storage-unavailable" ? { retryAfter: 1 } : {}),
	});
}

/** The error for a call that got no answer. */
export function unreachable(cause: unknown, action: StorageAction): UploadError {
	return new UploadError("storage-unavailable", `Could not ${action}. ${busy.message}`, {
		cause,
		retryAfter: 1,
	});
}
