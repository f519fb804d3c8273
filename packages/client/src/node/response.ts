import type { IncomingMessage } from "node:http";
import { NetworkError } from "../transport-errors.js";

/** Bytes of a response body that are kept. Storages answer a PUT with no body or a short error. */
export const maxResponseBody: number = 64 * 1024;

/** `Response` accepts no body for these. */
const nullBodyStatuses: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Makes a standard `Response`.
 *
 * @throws NetworkError for a status or header that the standard does not allow.
 */
export function toResponse(message: IncomingMessage, body: Uint8Array<ArrayBuffer>): Response {
	const { statusCode: status = 0, statusMessage: statusText = "", rawHeaders } = message;
	// an empty body would create a stream for every part
	const isEmpty = body.byteLength === 0 || nullBodyStatuses.has(status);
	try {
		const headers = new Headers();
		for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
			headers.append(rawHeaders[i] ?? "", rawHeaders[i + 1] ?? "");
		}
		return new Response(isEmpty ? null : body, { status, statusText, headers });
	} catch (cause) {
		throw new NetworkError(cause);
	}
}

/** Whether the status says that the body was accepted. Any other may arrive before the body's end. */
export function isSuccess({ statusCode = 0 }: IncomingMessage): boolean {
	return statusCode >= 200 && statusCode < 300;
}
