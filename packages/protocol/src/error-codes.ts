/** A code over HTTP. `retryable`: the same call may succeed later. */
export interface ErrorMeaning {
	readonly status: number;
	readonly title: string;
	readonly retryable: boolean;
}

/** The stable codes of the HTTP contract. */
export type ErrorCode =
	| "invalid-request"
	| "invalid-key"
	| "invalid-size"
	| "unauthenticated"
	| "forbidden"
	| "quota-exceeded"
	| "upload-not-found"
	| "not-found"
	| "method-not-allowed"
	| "already-exists"
	| "conflict"
	| "token-expired"
	| "too-large"
	| "unsupported-type"
	| "invalid-parts"
	| "checksum-mismatch"
	| "rejected"
	| "rate-limited"
	| "internal"
	| "unsupported"
	| "storage-error"
	| "storage-unavailable";

const meaning = (status: number, title: string, retryable = false): ErrorMeaning => ({
	status,
	title,
	retryable,
});

export const errorCodes: Readonly<Record<ErrorCode, ErrorMeaning>> = {
	"invalid-request": meaning(400, "The request is malformed"),
	"invalid-key": meaning(400, "The key is invalid"),
	"invalid-size": meaning(400, "The size is invalid"),
	unauthenticated: meaning(401, "Authentication is required"),
	forbidden: meaning(403, "Not allowed"),
	"quota-exceeded": meaning(403, "The quota is used up"),
	"upload-not-found": meaning(404, "The upload does not exist"),
	"not-found": meaning(404, "Nothing is at this path or key"),
	"method-not-allowed": meaning(405, "The method is not allowed here"),
	"already-exists": meaning(409, "The object already exists"),
	conflict: meaning(409, "The outcome is unknown"),
	"token-expired": meaning(410, "The upload token has expired"),
	"too-large": meaning(413, "The file is too large"),
	"unsupported-type": meaning(415, "The content type is not allowed"),
	"invalid-parts": meaning(422, "The stored parts don't add up to the file"),
	"checksum-mismatch": meaning(422, "The stored bytes differ from the file"),
	rejected: meaning(422, "The upload was rejected"),
	"rate-limited": meaning(429, "Too many requests", true),
	internal: meaning(500, "The server failed", true),
	unsupported: meaning(501, "The storage cannot do this"),
	"storage-error": meaning(502, "The storage responded with an error", true),
	"storage-unavailable": meaning(503, "The storage is unavailable", true),
};

/** Whether a string from outside is one of the codes. */
export function isErrorCode(code: unknown): code is ErrorCode {
	return typeof code === "string" && Object.hasOwn(errorCodes, code);
}
