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
	 * @throws TypeError for an unknown code, a status that is no error's, and a `retryAfter` that is no time.
	 */
	constructor(code: ErrorCode, message: string, options: UploadErrorOptions = {}) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		if (!Object.hasOwn(errorCodes, code)) {
			throw new TypeError(`"${code}" is no code; known are ${Object.keys(errorCodes).join(", ")}`);
		}
		const { status = errorCodes[code].status, retryAfter = 0 } = options;
		// another status would tell a refusal as success
		if (!Number.isInteger(status) || status < 400 || status > 599) {
			throw new TypeError(`The status of an error must be from 400 to 599, not ${status}`);
		}
		if (!Number.isFinite(retryAfter)) {
			throw new TypeError(`retryAfter must be seconds, not ${retryAfter}`);
		}
		this.code = code;
		this.status = status;
		this.retryable = errorCodes[code].retryable;
		this.errors = options.errors;
		this.values = options.values;
		// computed from a clock, the time may have passed
		this.retryAfter = options.retryAfter === undefined ? undefined : Math.max(0, retryAfter);
		this.allow = options.allow;
		this.restart = options.restart;
		// callers without types pass anything
		this.reason = String(options.reason ?? message);
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

/**
 * Every text that {@link removeSecrets} changes has one of these; a property test compares both. A URL to the end of the
 * text, as issuers are, is none unless it has credentials, a port or a query.
 */
const hint =
	/[?=]|:(?!\/\/[\w./-]*$)|%3[AD]|Bearer |Basic |eyJ|A(?:[KS]I|Iz)A|GOOG1|-----BEGIN |\.(?<=(?:[\w-]{20}|ya29)\.)|[_-](?<=(?:gh[oprsu]|pat|npm|whsec|live|test|xox[a-z]|xapp|sk).)/i;

/**
 * Removes secrets: queries of URLs, signatures, upload tokens, JSON Web Tokens, private keys, access key ids, and what
 * is given the name of a secret, as in `secretAccessKey: "…"` and `DB_PASSWORD=…`.
 */
export const redact = (text: string): string => (hint.test(text) ? removeSecrets(text) : text);

/** A name of a secret, and its value. Bundles that redact nothing leave it out. */
const named = /* @__PURE__ */ (() => {
	const name =
		"(?:secret(?!smanager)|passw|passphrase|pwd|token|credential|authorization|signature|(?<![a-z0-9])sig(?![a-z])|(?:api|private|account|access|secret)[\\s_-]?key)[\\w-]{0,40}";
	// backslashes stand before quotes in JSON within JSON
	const separator = "\\\\{0,3}[\"'`]?\\s{0,3}(?::|%3A|=(?![=>])|%3D)\\s{0,20}";
	const quoted = "(\\\\{0,3}[\"'`])(?:(?!\\2)(?:\\\\[\\s\\S]|[^\\\\]))*";
	const excluded = "\\s\"'`&,;(){}[\\]\\\\";
	const value = `[^${excluded}]`;
	// after a colon, what is short, has no digit or sign of base64, is a number or has a colon itself belongs to a sentence
	const secret = `(?![\\d.:]{1,40}(?:\\s|$))(?!\\w{1,60}:\\s)(?=${value}{7})(?=[^\\d+=${excluded}]{0,200}[\\d+=])`;
	const bare = `(?:(?<=(?:=|%3D)\\s{0,20})|${secret})${value}+`;
	return new RegExp(`(${name}${separator})(?:${quoted}|${bare})`, "gi");
})();

// how tokens of GitHub, GitLab, npm, Slack, Stripe, Google and services of AI begin
const tokenOfVendor =
	/(?<![A-Za-z0-9])(?:(?:gh[oprsu]|github_pat|[rs]k_(?:live|test))_|sk-(?:ant|or|proj|svcacct)-|glpat-|xox[abeoprs]-(?=\d)|xapp-|AIza|(?:npm_|sk-)(?=[A-Za-z0-9]{20}))[\w-]{16,}|(?<![A-Za-z0-9])(?:ya29\.|whsec_(?=[\w-]{0,99}[\d+/]))[\w+/.-]{16,}=*/g;

/** What {@link redact} does to a text with a hint of a secret: most texts have none, and searching costs time. */
export function removeSecrets(text: string): string {
	// each match begins where no earlier one could go on, so that the cost is linear in the text; "Basic authentication"
	// stays, because base64 of a name and password has a capital, a digit or a sign
	return (
		text
			.replace(
				/-----BEGIN [\w ]{0,40}-----(?=\s|\\+[rn])[\s\S]*?(?:-----END [\w ]{0,40}-----|$)/g,
				"[removed]",
			)
			// a password may hold what ends a host name
			.replace(/:\/\/[^\s/?#@:"']{0,99}:(?!\d{1,5}[/?#])[^\s"']{0,64}@/g, "://[removed]@")
			.replace(/:\/\/[^\s/?#"']+@/g, "://[removed]@")
			.replace(
				/((?<![a-z0-9+.-])[a-z0-9+.-]+:\/\/(?:(?!:\/\/)[^\s"'?#])*)\?[^\s"')]*/gi,
				"$1?[removed]",
			)
			.replace(/(?<=[\w/%.-])(\?|%3F)(?=[\w.~-]+(?:=|%3D))[^\s"')]*/gi, "$1[removed]")
			.replace(/(?<![a-z-])X-(?:Amz|Goog)-[a-z-]+(?:=|%3D)[^\s"'&]*/gi, "[removed]")
			.replace(
				/\b((?:set-)?cookie\\{0,3}["'`]?\s?:\s?(?:\[\s{0,9})?\\{0,3}["'`]?)(?=[\w!#$%&*+.^|~-]{1,99}=)[^\r\n"'`\\]+/gi,
				"$1[removed]",
			)
			.replace(/\b(Bearer) [\w.~+/=-]{8,}/gi, "$1 [removed]")
			.replace(/\b(Basic|basic|BASIC) (?=[\w+/-]*[A-Z\d=])[\w+/-]{8,}=*/g, "$1 [removed]")
			.replace(/(?<![\w-])eyJ[\w-]*\.[\w-]*\.[\w.-]*/g, "[removed]")
			.replace(/(?<![\w-])[\w-]{20,}\.[\w-]{43}(?![\w-])/g, "[removed]")
			.replace(
				/\b(?:A[KS]IA|GOOG1)[A-Z0-9]{12,}\b(?:[^A-Za-z0-9+]{1,12}(?:[A-Za-z]{1,30}[^A-Za-z0-9+]{1,12})?[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/]))?/g,
				"[removed]",
			)
			.replace(tokenOfVendor, "[removed]")
			.replace(named, "$1$2[removed]")
	);
}

const obeyed = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * JSON for a log: JSON escapes C0 controls alone, but some readers break lines at U+0085 and U+2028, and terminals obey
 * C1 and bidirectional controls.
 */
export const jsonLine = (value: object): string =>
	JSON.stringify(value).replace(
		obeyed,
		(character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
	);

/** Where `type` leads unless the option `problemTypeBase` says otherwise. */
export const defaultProblemTypeBase = "https://skyput.dev/errors/";

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
		...(Array.isArray(errors) ? { errors: errors.map(redactTexts) } : {}),
		...(values ? { values: redactTexts(values) } : {}),
		...(restart === undefined ? {} : { restart }),
	};
}

/** Redacts every member but numbers. Callers without types pass anything, such as what JSON cannot hold. */
function redactTexts<Members extends object>(members: Members): Members {
	const redacted = Object.entries(members).map(([name, value]) => [
		name,
		value === undefined || typeof value === "number" ? value : redact(String(value)),
	]);
	return Object.fromEntries(redacted) as Members;
}
