import type { ErrorCode } from "#protocol";
import { UploadError } from "../../errors.js";

/** What was being done; some names mean different things in different calls. */
export type Call =
	| "begin the upload"
	| "list the parts"
	| "complete the upload"
	| "abort the upload"
	| "look at the object"
	| "delete the object"
	| "sign the request";

const multipartCalls: readonly Call[] = [
	"list the parts",
	"complete the upload",
	"abort the upload",
];

interface Meaning {
	readonly code: ErrorCode;
	readonly message: string;
}

const uploadGone: Meaning = {
	code: "upload-not-found",
	message: "There is no such upload at the storage: it was completed, aborted, or it lapsed.",
};
const denied: Meaning = {
	code: "forbidden",
	message: "The storage did not allow the server to do this.",
};
const busy: Meaning = {
	code: "storage-unavailable",
	message: "The storage is not available at the moment. Try again.",
};
const wrongParts: Meaning = {
	code: "invalid-parts",
	message: "The storage refused the list of parts: one is missing, too small, or has changed.",
};
const wrongBytes: Meaning = {
	code: "checksum-mismatch",
	message: "The stored bytes do not match their checksum.",
};
const competing: Meaning = {
	code: "conflict",
	message: "Another write to the same key came in between.",
};
const incapable: Meaning = { code: "unsupported", message: "The storage cannot do this." };

/** By S3's own error code. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const byName: Readonly<Record<string, Meaning>> = {
	NoSuchUpload: uploadGone,
	PreconditionFailed: {
		code: "already-exists",
		message: "There is an object under this key already.",
	},
	ConditionalRequestConflict: competing,
	OperationAborted: competing,
	InvalidPart: wrongParts,
	InvalidPartOrder: wrongParts,
	EntityTooSmall: wrongParts,
	EntityTooLarge: wrongParts,
	BadDigest: wrongBytes,
	InvalidDigest: wrongBytes,
	AccessDenied: denied,
	NotImplemented: incapable,
	SlowDown: busy,
	ServiceUnavailable: busy,
	InternalError: busy,
	RequestTimeout: busy,
	ExpiredToken: busy,
	TimeoutError: busy,
	AbortError: busy,
	CredentialsProviderError: busy,
};

/**
 * Turns what the SDK threw into an {@link UploadError}. By name first: an error inside of a 200 answer
 * reaches us as status 503, whatever it says. The SDK's error is kept as `cause` alone.
 */
export function uploadError(cause: unknown, call: Call): UploadError {
	if (cause instanceof UploadError) return cause;
	const { code, message } = meaningOf(cause, call);
	return new UploadError(code, `Could not ${call}. ${message}`, {
		cause,
		...(code === "storage-unavailable" ? { retryAfter: 1 } : {}),
	});
}

function meaningOf(cause: unknown, call: Call): Meaning {
	const name = nameOf(cause);
	const status = statusOf(cause);
	// Ceph says NoSuchKey of an upload that is gone
	if (name === "NoSuchKey" && multipartCalls.includes(call)) return uploadGone;
	// AWS says so of a wrong total (x-amz-mp-object-size)
	if (name === "InvalidRequest" && call === "complete the upload") return wrongParts;
	// If-Match is the only condition of a delete
	if (status === 412 && call === "delete the object") return competing;
	const known = Object.hasOwn(byName, name) ? byName[name] : undefined;
	if (known) return known;
	if (status === undefined) return withoutAnswer(cause, call);
	// HEAD has no body, so that its refusal has no name
	if (status === 403 && call === "look at the object") return denied;
	if (status === 501) return incapable;
	if (status === 429 || status >= 500) return busy;
	return { code: "storage-error", message: refusal(name, status) };
}

/** A broken connection passes; anything else that never reached the storage is a fault in the set-up. */
function withoutAnswer(cause: unknown, call: Call): Meaning {
	const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
	if (/^E(?!RR_)[A-Z_]+$/.test(code)) return busy;
	// the SDK found no endpoint or no way to sign for it, which no later try will change
	if (call === "sign the request") return incapable;
	return { code: "storage-error", message: "The request to the storage could not be made." };
}

// A name comes from the answer's body: it is quoted only when it looks like one of S3's.
function refusal(name: string, status: number): string {
	const shown = /^[A-Za-z]{3,64}$/.test(name) ? `${name} (${status})` : String(status);
	return `The storage answered ${shown}.`;
}

/** Whether the storage says that what was named is not there. */
export function isMissing(cause: unknown): boolean {
	return statusOf(cause) === 404 && nameOf(cause) !== "NoSuchBucket";
}

/** Whether the storage says no more than that something went wrong inside. */
export function isInternalError(cause: unknown): boolean {
	return nameOf(cause) === "InternalError";
}

function nameOf(cause: unknown): string {
	return cause instanceof Error ? cause.name : "";
}

function statusOf(cause: unknown): number | undefined {
	if (typeof cause !== "object" || cause === null || !("$metadata" in cause)) return undefined;
	const metadata = cause.$metadata;
	if (typeof metadata !== "object" || metadata === null || !("httpStatusCode" in metadata)) {
		return undefined;
	}
	return typeof metadata.httpStatusCode === "number" ? metadata.httpStatusCode : undefined;
}
