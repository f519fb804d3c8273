import { type ErrorCode, errorCodes, type Problem, type ProblemDetail } from "#protocol";

export interface UploadErrorOptions {
	/** What lay beneath; never leaves the server. */
	readonly cause?: unknown;
	/** The single things that are wrong. */
	readonly errors?: readonly ProblemDetail[];
	/** Seconds to wait, sent as Retry-After. */
	readonly retryAfter?: number;
	/** The methods that are allowed, sent as Allow with `method-not-allowed`. */
	readonly allow?: string;
}

/**
 * The one error of this package. Its `code` is stable and decides status and retryability; its
 * message reaches the client, so it says what to do and holds no URL, token or credential.
 */
export class UploadError extends Error {
	override readonly name = "UploadError";
	readonly code: ErrorCode;
	readonly status: number;
	readonly retryable: boolean;
	readonly errors: readonly ProblemDetail[] | undefined;
	/** Seconds. */
	readonly retryAfter: number | undefined;
	/** Comma list of methods. */
	readonly allow: string | undefined;

	constructor(code: ErrorCode, message: string, options: UploadErrorOptions = {}) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		this.code = code;
		this.status = errorCodes[code].status;
		this.retryable = errorCodes[code].retryable;
		this.errors = options.errors;
		this.retryAfter = options.retryAfter;
		this.allow = options.allow;
	}
}

/** The RFC 9457 body of an error. */
export function toProblem(error: UploadError, requestId: string): Problem {
	return {
		type: `https://skyput.dev/errors#${error.code}`,
		title: errorCodes[error.code].title,
		status: error.status,
		detail: error.message,
		code: error.code,
		requestId,
		...(error.errors ? { errors: error.errors } : {}),
	};
}
