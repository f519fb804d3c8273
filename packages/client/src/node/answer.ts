import type { IncomingMessage } from "node:http";

/** Bytes of an answer that are kept: storages answer a PUT with nothing, or with a short error. */
export const largestAnswer: number = 64 * 1024;

/** Statuses whose answers have no body by definition; `Response` refuses one for them. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/** What is read so far of an answer, as the standard `Response` that ky works with. */
export function toResponse(message: IncomingMessage, chunks: readonly Uint8Array[]): Response {
	const status = message.statusCode ?? 0;
	const headers = new Headers();
	for (let i = 0; i + 1 < message.rawHeaders.length; i += 2) {
		headers.append(message.rawHeaders[i] ?? "", message.rawHeaders[i + 1] ?? "");
	}
	return new Response(bodiless.has(status) ? null : Buffer.concat(chunks), {
		status,
		statusText: message.statusMessage ?? "",
		headers,
	});
}

/** Whether an answer says that the body was taken. Any other may arrive long before its end. */
export function isSuccess(message: IncomingMessage): boolean {
	const status = message.statusCode ?? 0;
	return status >= 200 && status < 300;
}
