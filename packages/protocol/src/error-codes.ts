/** What every code means over HTTP: its status, its title, and whether the same call may succeed later. */
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
	"invalid-request": meaning(400, "The request is not valid"),
	"invalid-key": meaning(400, "The key is not valid"),
	"invalid-size": meaning(400, "The size is not valid"),
	unauthenticated: meaning(401, "Sign in first"),
	forbidden: meaning(403, "Not allowed"),
	"upload-not-found": meaning(404, "There is no such upload"),
	"not-found": meaning(404, "There is nothing here"),
	"method-not-allowed": meaning(405, "The method is not allowed here"),
	"already-exists": meaning(409, "The object exists already"),
	conflict: meaning(409, "The outcome cannot be decided"),
	"token-expired": meaning(410, "The upload token has expired"),
	"too-large": meaning(413, "The file is too large"),
	"unsupported-type": meaning(415, "The content type is not allowed"),
	"invalid-parts": meaning(422, "The stored parts do not make the file"),
	"checksum-mismatch": meaning(422, "The stored bytes differ from the file"),
	rejected: meaning(422, "The upload was rejected"),
	"rate-limited": meaning(429, "Too many requests", true),
	internal: meaning(500, "Something went wrong on the server", true),
	unsupported: meaning(501, "The storage cannot do this"),
	"storage-error": meaning(502, "The storage answered with an error", true),
	"storage-unavailable": meaning(503, "The storage is not available", true),
};

/** Whether a string from outside is one of the codes. */
export function isErrorCode(code: unknown): code is ErrorCode {
	return typeof code === "string" && Object.hasOwn(errorCodes, code);
}
