import type { ErrorCode } from "#protocol";
import { UploadError } from "../../errors.js";

/** Neutral codes: none of them refers to an upload or a token. */
const codes: Readonly<Record<number, ErrorCode>> = {
	401: "unauthenticated",
	403: "forbidden",
	404: "not-found",
	429: "rate-limited",
	503: "storage-unavailable",
};

/** The HTTP status that an error states, as those of Middy and http-errors do. */
function statusOf(error: Error): number | undefined {
	const status = "statusCode" in error ? error.statusCode : undefined;
	return Number.isInteger(status) && (status as number) >= 400 && (status as number) < 600
		? (status as number)
		: undefined;
}

/**
 * Converts a middleware's error to one with its status and a neutral code. Errors without a status are
 * unchanged.
 */
export function fromMiddleware(error: unknown): unknown {
	if (!(error instanceof Error) || error instanceof UploadError) return error;
	if (error.name === "TimeoutError") {
		const options = { cause: error, retryAfter: 1 };
		return new UploadError(
			"storage-unavailable",
			"A middleware of the server timed out. Try again.",
			options,
		);
	}
	const status = statusOf(error);
	if (status === undefined) return error;
	if (status < 500) {
		const reason = `a middleware threw: ${error.message}`;
		return new UploadError(codes[status] ?? "invalid-request", error.message, { status, reason });
	}
	return new UploadError(codes[status] ?? "internal", "A middleware of the server failed.", {
		status,
		cause: error,
	});
}
