import type { ErrorCode, ProblemDetail } from "#protocol";

/** The codes that only a client meets: what happened on the way to the endpoint or the storage. */
export type ClientErrorCode =
	| "aborted"
	| "network"
	| "offline"
	| "timeout"
	| "cors"
	| "file-changed";

/** Every `code` of an {@link UploadError}: those of the HTTP contract and the client's own. */
export type UploadErrorCode = ErrorCode | ClientErrorCode;

export interface UploadErrorOptions {
	/** The error behind this one. @default none */
	readonly cause?: unknown;
	/** HTTP status of the response, where there was one. @default none */
	readonly status?: number | undefined;
	/** Every single problem, as the endpoint named it. @default none */
	readonly errors?: readonly ProblemDetail[] | undefined;
	/** The endpoint's id of the call, for its logs. @default none */
	readonly requestId?: string | undefined;
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
	/** HTTP status of the answer, where there was one. */
	declare readonly status?: number | undefined;
	/** The single things that are wrong, as the endpoint named them. */
	declare readonly errors?: readonly ProblemDetail[] | undefined;
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

/** The error of an answer that no endpoint of ours gives to this client. */
export const misfit = (what: "answer" | "plan" | "part URLs"): UploadError =>
	new UploadError(
		"unsupported",
		`This client has no use for the endpoint's ${what}: check \`endpoint\`, and update both sides.`,
	);

/** Whether it is an {@link UploadError} of one of these codes. */
export function hasCode(error: unknown, ...codes: UploadErrorCode[]): error is UploadError {
	return error instanceof UploadError && codes.includes(error.code);
}

/** Whether a value from outside has members to look at. */
export const isObject = (value: unknown): value is object =>
	typeof value === "object" && value !== null;
