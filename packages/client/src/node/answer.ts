import type { IncomingMessage } from "node:http";

/** Bytes of an answer that are kept: storages answer a PUT with nothing, or with a short error. */
export const largestAnswer: number = 64 * 1024;

/** Statuses whose answers have no body by definition; `Response` refuses one for them. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/** What is read of an answer. */
export interface Answer {
	readonly status: number;
	readonly statusText: string;
	/** Names and values in turn. */
	readonly rawHeaders: readonly string[];
	readonly body: Uint8Array;
}

/** What is read so far. */
export function toAnswer(message: IncomingMessage, chunks: readonly Uint8Array[]): Answer {
	return {
		status: message.statusCode ?? 0,
		statusText: message.statusMessage ?? "",
		rawHeaders: message.rawHeaders,
		body: Buffer.concat(chunks),
	};
}

/**
 * The standard `Response` that ky works with.
 *
 * @throws TypeError or RangeError for an answer that the standard has no place for.
 */
export function toResponse({ status, statusText, rawHeaders, body }: Answer): Response {
	const headers = new Headers();
	for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
		headers.append(rawHeaders[i] ?? "", rawHeaders[i + 1] ?? "");
	}
	// an empty body would cost a stream of its own for every part
	const isEmpty = body.byteLength === 0 || bodiless.has(status);
	return new Response(isEmpty ? null : Buffer.from(body), {
		status,
		statusText,
		headers,
	});
}

/** Whether an answer says that the body was taken. Any other may arrive long before its end. */
export function isSuccess(message: IncomingMessage): boolean {
	const status = message.statusCode ?? 0;
	return status >= 200 && status < 300;
}
