import type { ErrorCode } from "#protocol";
import { UploadError } from "../../errors.js";
import { isObject } from "./event.js";

/** Neutral codes: none of them refers to an upload or a token. */
const codes: Readonly<Record<number, ErrorCode>> = {
	401: "unauthenticated",
	403: "forbidden",
	404: "not-found",
	429: "rate-limited",
	503: "storage-unavailable",
};

/** What a middleware throws: an error, also of another realm, or a plain object. */
interface Thrown {
	readonly name?: unknown;
	readonly message?: unknown;
	readonly status?: unknown;
	readonly statusCode?: unknown;
}

/** The HTTP status that an error states: Middy and http-errors have `statusCode`, h3 and others `status`. */
function statusOf({ status, statusCode = status }: Thrown): number | undefined {
	const isError =
		Number.isInteger(statusCode) && Number(statusCode) >= 400 && Number(statusCode) < 600;
	return isError ? Number(statusCode) : undefined;
}

/**
 * Converts a middleware's error to one with its status and a neutral code. Errors without a status are
 * unchanged.
 */
export function fromMiddleware(error: unknown): unknown {
	if (!isObject(error) || error instanceof UploadError) return error;
	const thrown: Thrown = error;
	if (thrown.name === "TimeoutError") {
		const options = { cause: error, retryAfter: 1 };
		return new UploadError(
			"storage-unavailable",
			"A middleware of the server timed out. Try again.",
			options,
		);
	}
	const status = statusOf(thrown);
	if (status === undefined) return error;
	if (status < 500) {
		const message = String(thrown.message || "A middleware of the server refused the call.");
		const reason = `a middleware threw: ${message}`;
		return new UploadError(codes[status] ?? "invalid-request", message, { status, reason });
	}
	return new UploadError(codes[status] ?? "internal", "A middleware of the server failed.", {
		status,
		cause: error,
	});
}
