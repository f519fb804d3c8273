import type { ErrorCode, ProblemValues } from "#protocol";
import { UploadError } from "../../errors.js";
import type { S3Settings } from "./settings.js";
import { type Refusal, type StorageAction, setupFault } from "./setup-faults.js";

const multipartCalls: readonly StorageAction[] = [
	"list the parts",
	"complete the upload",
	"abort the upload",
];

interface Meaning {
	readonly code: ErrorCode;
	readonly message: string;
	readonly reason?: string;
	readonly values?: ProblemValues;
}

const uploadGone: Meaning = {
	code: "upload-not-found",
	message: "The storage has no such upload: it was completed, aborted, or has expired.",
};
const busy: Meaning = {
	code: "storage-unavailable",
	message: "The storage is unavailable. Try again.",
};
const unreachable: Meaning = {
	code: "storage-unavailable",
	message: "The server cannot reach the storage. Try again.",
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
	message: "Another write to the same key happened at the same time.",
};
const noObject: Meaning = { code: "not-found", message: "There is no such object." };
/** A console, a proxy or a web page may have another port than the storage. */
const otherServer: Meaning = {
	code: "storage-error",
	message:
		"Something other than an S3 storage answered. Correct S3_ENDPOINT, or the option endpoint of the provider: a console has another port than the storage.",
};
const incapable: Meaning = { code: "unsupported", message: "The storage cannot do this." };

/** By S3's own error code. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const byName: Readonly<Record<string, Meaning>> = {
	NoSuchUpload: uploadGone,
	PreconditionFailed: {
		code: "already-exists",
		message: "An object with this key exists.",
	},
	ConditionalRequestConflict: competing,
	OperationAborted: competing,
	InvalidPart: wrongParts,
	InvalidPartOrder: wrongParts,
	EntityTooSmall: wrongParts,
	EntityTooLarge: wrongParts,
	BadDigest: wrongBytes,
	InvalidDigest: wrongBytes,
	NotImplemented: incapable,
	SlowDown: busy,
	ServiceUnavailable: busy,
	InternalError: busy,
	RequestTimeout: busy,
	ExpiredToken: busy,
	TimeoutError: busy,
	AbortError: busy,
};

/**
 * Turns an error of the SDK into an {@link UploadError}, which keeps it as `cause`. The name decides
 * before the status: the SDK reports an error inside a 200 response as status 503.
 *
 * @param skew - Seconds by which the server's clock is ahead of the storage's, where it is known.
 */
export function uploadError(
	cause: unknown,
	call: StorageAction,
	settings: Pick<S3Settings, "bucket" | "region" | "endpoint">,
	skew?: number | undefined,
): UploadError {
	if (cause instanceof UploadError) return cause;
	const fault = setupFault(refusalOf(cause), call, settings, skew);
	const meaning = fault ?? meaningOf(cause, call);
	const { code, message, reason, values } = meaning;
	const sentence = `Could not ${call}. ${message}`;
	const host = meaning === otherServer && settings.endpoint?.host;
	const at = host ? ` It answered at ${host}.` : "";
	const how =
		meaning === unreachable && cause instanceof Error
			? ` ${messageOf(cause)}: check the server's network, the region, and S3_ENDPOINT, or the option endpoint of the provider.`
			: "";
	return new UploadError(code, sentence, {
		cause,
		reason: reason ?? sentence + at + how,
		values,
		...(code === "storage-unavailable" ? { retryAfter: 1 } : {}),
	});
}

/** Of a host with several addresses, Node's error has an error for each, and no message. */
function messageOf(cause: Error): string {
	const [first] = cause instanceof AggregateError ? cause.errors : [];
	return first instanceof Error ? first.message : cause.message;
}

function meaningOf(cause: unknown, call: StorageAction): Meaning {
	const name = nameOf(cause);
	const status = statusOf(cause);
	// Ceph responds NoSuchKey for a missing upload
	if (name === "NoSuchKey" && multipartCalls.includes(call)) return uploadGone;
	// the response of AWS to a wrong x-amz-mp-object-size
	if (name === "InvalidRequest" && call === "complete the upload") return wrongParts;
	if (status === 404 && call === "copy the object" && name !== "NoSuchBucket") return noObject;
	// If-Match is the only condition of a delete; of a copy, the source's is left
	if (status === 412 && /^(delete|copy)/.test(call)) return competing;
	const known = Object.hasOwn(byName, name) ? byName[name] : undefined;
	if (known) return known;
	if (status === undefined) return withoutAnswer(cause, call);
	// the SDK could not read it; an upload may be complete nevertheless: the next attempt looks
	if (status < 300) return isBroken(cause) || call === "complete the upload" ? busy : otherServer;
	if (status === 501) return incapable;
	if (status === 408 || status === 429 || status >= 500) return busy;
	return refusal(name, status);
}

/** A broken connection is temporary; any other failure before a response is a configuration fault. */
function withoutAnswer(cause: unknown, call: StorageAction): Meaning {
	if (isBroken(cause)) return unreachable;
	// the SDK has no endpoint, or no signature for it; a retry cannot help
	if (call === "sign the request") return incapable;
	return { code: "storage-error", message: "The request to the storage could not be made." };
}

/** Whether the connection failed, by the system's code. */
const isBroken = (cause: unknown): boolean =>
	cause instanceof Error && "code" in cause && /^E(?!RR_)[A-Z_]+$/.test(String(cause.code));

// The name comes from the response body: it is quoted only if it looks like an S3 error code.
function refusal(name: string, status: number): Meaning {
	const isName = /^[A-Za-z]{3,64}$/.test(name);
	return {
		code: "storage-error",
		message: `The storage answered ${isName ? `${name} (${status})` : status}.`,
		values: { status, ...(isName ? { name } : {}) },
	};
}

/** What the SDK read of a refusal; nothing for a failure without an answer. */
function refusalOf(cause: unknown): Refusal {
	const { $response, Region } = (cause ?? {}) as {
		readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
		readonly Region?: unknown;
	};
	const region = Region ?? $response?.headers?.["x-amz-bucket-region"];
	return {
		name: nameOf(cause),
		status: statusOf(cause),
		message: cause instanceof Error ? cause.message : "",
		region: typeof region === "string" && /^[a-z0-9-]{1,40}$/.test(region) ? region : undefined,
	};
}

/** Whether the storage responded that the object or the upload does not exist. */
export function isMissing(cause: unknown): boolean {
	return statusOf(cause) === 404 && nameOf(cause) !== "NoSuchBucket";
}

/** Whether the storage responded that a condition failed. */
export function isPreconditionFailed(cause: unknown): boolean {
	return statusOf(cause) === 412;
}

/** Whether the storage responded InternalError, which names no cause. */
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
