import type { ErrorCode, ProblemDetail, ProblemValues } from "#protocol";

/** The codes of failures that only a client sees, on the way to the endpoint or the storage. */
export type ClientErrorCode =
	| "aborted"
	| "network"
	| "offline"
	| "timeout"
	| "cors"
	| "blocked"
	| "file-changed";

/** Every `code` of an {@link UploadError}: those of the HTTP contract and the client's own. */
export type UploadErrorCode = ErrorCode | ClientErrorCode;

export interface UploadErrorOptions {
	/** The error that led to this one. @default none */
	readonly cause?: unknown;
	/** HTTP status of the response, where there was one. @default none */
	readonly status?: number | undefined;
	/** Each thing that is wrong, as the endpoint named it. @default none */
	readonly errors?: readonly ProblemDetail[] | undefined;
	/** The numbers and names in the message, for your own sentence. @default none */
	readonly values?: ProblemValues | undefined;
	/** The endpoint's id of the call, for its logs. @default none */
	readonly requestId?: string | undefined;
	/** Whether the server has removed what was stored, so that the upload may begin anew. @default not known */
	readonly restart?: boolean | undefined;
	/** Whether the same upload may succeed later. @default true for `network`, `offline` and `timeout` */
	readonly retryable?: boolean | undefined;
}

/**
 * Every rejection of this package. Act on `code`; the message is a sentence that says what to do, and
 * holds no signed URL, token or credential. `retryable` tells whether the same upload may succeed
 * later; the client has spent its own retries by then.
 */
export class UploadError extends Error {
	override readonly name = "UploadError";
	readonly code: UploadErrorCode;
	readonly retryable: boolean;
	/** HTTP status of the response, where there was one. */
	declare readonly status?: number | undefined;
	/** Each thing that is wrong, as the endpoint named it. */
	declare readonly errors?: readonly ProblemDetail[] | undefined;
	/** The numbers and names in the message, such as `limit` in bytes, for your own sentence. */
	declare readonly values?: ProblemValues | undefined;
	/** Whether the server has removed what was stored, so that the upload may begin anew. */
	declare readonly restart?: boolean | undefined;
	/** The endpoint's id of the call, for its logs. */
	declare readonly requestId?: string | undefined;

	/**
	 * @param code - Stable; decides `retryable` unless the options do.
	 * @param message - What happened and what to do.
	 * @param options - What else is known.
	 */
	constructor(code: UploadErrorCode, message: string, options: UploadErrorOptions = {}) {
		super(message, options);
		this.code = code;
		// `cause` is a member already, and stays hidden from enumeration
		Object.assign(this, options);
		this.retryable = options.retryable ?? /^(network|offline|timeout)$/.test(code);
	}
}

/** An {@link UploadError} as it is; anything else as the cause of one. */
export const wrap = (cause: unknown, code: UploadErrorCode, message: string): UploadError =>
	cause instanceof UploadError ? cause : new UploadError(code, message, { cause });

/** An app's own sentences for errors, by their code. */
export type ErrorMessages = {
	readonly [Code in UploadErrorCode]?: string | ((error: UploadError) => string) | undefined;
};

/** The same error in the app's own words, if it has any. */
export function reword(error: UploadError, messages: ErrorMessages = {}): UploadError {
	try {
		const words = messages[error.code];
		const message = typeof words === "function" ? words(error) : words;
		if (typeof message !== "string") return error;
		return new UploadError(error.code, message, { ...error, cause: error.cause });
	} catch {
		// they must not hide the error
		return error;
	}
}

/** The error of a reply that no endpoint of this client's version gives. */
export const incompatibleReply = (): UploadError =>
	new UploadError(
		"unsupported",
		"The endpoint answered JSON, but not a Skyput response (wrapped?). Check `endpoint`, and that both packages have the same version.",
	);

/** Whether it is an {@link UploadError} of one of these codes. */
export function hasCode(error: unknown, ...codes: UploadErrorCode[]): error is UploadError {
	return error instanceof UploadError && codes.includes(error.code);
}

/** Whether a value from outside has members to look at. */
export const isObject = (value: unknown): value is object =>
	typeof value === "object" && value !== null;
