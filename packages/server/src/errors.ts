import {
	type ErrorCode,
	errorCodes,
	type Problem,
	type ProblemDetail,
	type ProblemValues,
} from "#protocol";

export interface UploadErrorOptions {
	/** The error behind this one. Logged, never sent. @default none */
	readonly cause?: unknown;
	/** The reason for the log. Never sent. @default the message */
	readonly reason?: string | undefined;
	/** Every single problem, by field or part. @default none */
	readonly errors?: readonly ProblemDetail[] | undefined;
	/** The numbers and names in the message, sent for apps that write their own sentences. @default none */
	readonly values?: ProblemValues | undefined;
	/** Seconds to wait, sent as Retry-After. @default none */
	readonly retryAfter?: number | undefined;
	/** Comma-separated methods, sent as Allow with `method-not-allowed`. @default none */
	readonly allow?: string | undefined;
	/** Whether the upload may begin anew, as {@link Problem.restart} says. @default not said */
	readonly restart?: boolean | undefined;
	/** HTTP status. @default the usual one of the code */
	readonly status?: number | undefined;
}

/**
 * The error class of this package. `code` is stable; it decides status and retryability. The message
 * is sent to the client, so it must hold no signed URL, token or credential.
 */
export class UploadError extends Error {
	override readonly name = "UploadError";
	readonly code: ErrorCode;
	readonly status: number;
	readonly retryable: boolean;
	readonly errors: readonly ProblemDetail[] | undefined;
	/** The numbers and names in the message. */
	readonly values: ProblemValues | undefined;
	/** Seconds. */
	readonly retryAfter: number | undefined;
	/** Comma-separated methods. */
	readonly allow: string | undefined;
	/** Whether the upload may begin anew. */
	readonly restart: boolean | undefined;
	/** The reason for the log. Never sent. */
	readonly reason: string;

	/**
	 * @param code - Stable; decides the status.
	 * @param message - Sent to the client: what happened and what to do.
	 * @param options - What is logged, and what else is sent.
	 */
	constructor(code: ErrorCode, message: string, options: UploadErrorOptions = {}) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		this.code = code;
		this.status = options.status ?? errorCodes[code].status;
		this.retryable = errorCodes[code].retryable;
		this.errors = options.errors;
		this.values = options.values;
		this.retryAfter = options.retryAfter;
		this.allow = options.allow;
		this.restart = options.restart;
		this.reason = options.reason ?? message;
	}
}

/** Any other error than {@link UploadError} is `internal`; its message is logged, never sent. */
export function toUploadError(cause: unknown): UploadError {
	if (cause instanceof UploadError) return cause;
	const message = "Something went wrong; the server's log has the details.";
	return new UploadError("internal", message, { cause });
}

/** Whether it is an {@link UploadError} of one of these codes. */
export function hasCode(error: unknown, ...codes: ErrorCode[]): error is UploadError {
	return error instanceof UploadError && codes.includes(error.code);
}

/** Removes secrets: queries of URLs, signatures, upload tokens, JSON Web Tokens and access key ids. */
export function redact(text: string): string {
	// each match begins where no earlier one could go on, so that the cost is linear in the text
	return text
		.replace(
			/((?<![a-z0-9+.-])[a-z0-9+.-]+:\/\/(?:(?!:\/\/)[^\s"'?#])*)\?[^\s"')]*/gi,
			"$1?[removed]",
		)
		.replace(/(?<![a-z-])X-(?:Amz|Goog)-[a-z-]+=[^\s"'&]*/gi, "[removed]")
		.replace(/(?<![\w-])eyJ[\w-]*\.[\w-]+\.[\w-]*/g, "[removed]")
		.replace(/(?<![\w-])[\w-]{20,}\.[\w-]{43}(?![\w-])|\bA[KS]IA[A-Z0-9]{12,}\b/g, "[removed]");
}

/** Where `type` leads unless the option `problemTypeBase` says otherwise. */
export const defaultProblemTypeBase = "https://skyput.dev/errors#";

/**
 * The RFC 9457 body of an error.
 *
 * @param typeBase - URL that the code is appended to.
 */
export function toProblem(
	error: UploadError,
	{ requestId, typeBase }: { readonly requestId: string; readonly typeBase: string },
): Problem {
	const { code, status, message, errors, values, restart } = error;
	return {
		type: typeBase + code,
		title: errorCodes[code].title,
		status,
		detail: redact(message),
		code,
		requestId,
		...(errors ? { errors } : {}),
		...(values ? { values: redactValues(values) } : {}),
		...(restart === undefined ? {} : { restart }),
	};
}

const redactValues = (values: ProblemValues): ProblemValues =>
	Object.fromEntries(
		Object.entries(values).map(([name, value]) => [
			name,
			typeof value === "string" ? redact(value) : value,
		]),
	);
