import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { InjectedResponse } from "./fault.js";

/** Sends an injected response. An early one closes the connection, as overloaded servers do. */
export function sendInjected(response: ServerResponse, injected: InjectedResponse): void {
	const { when, status, code, message = "Injected", retryAfter, readable } = injected;
	const body =
		code === undefined
			? JSON.stringify({ message })
			: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
	response.writeHead(status, {
		"content-type": code === undefined ? "application/json" : "application/xml",
		"content-length": Buffer.byteLength(body),
		...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
		...(when === "early" ? { connection: "close" } : {}),
		...(readable
			? { "access-control-allow-origin": "*", "access-control-expose-headers": "Retry-After" }
			: {}),
	});
	response.end(body);
}

/** Hop-by-hop headers, which apply to one connection only. */
const hopByHop = /^(?:connection|keep-alive|transfer-encoding)$/i;

function copyHead({ statusCode, rawHeaders }: IncomingMessage, response: ServerResponse): void {
	response.writeHead(statusCode ?? 502, withoutHeader(rawHeaders, hopByHop));
}

/** Raw headers, names and values in turn, without those whose name matches. */
export function withoutHeader(rawHeaders: readonly string[], name: RegExp): string[] {
	return rawHeaders.filter((_, index) => !name.test(rawHeaders[index - (index % 2)] ?? ""));
}

/** Passes the target's response on unchanged. */
export async function relayResponse(
	message: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	copyHead(message, response);
	await pipeline(message, response);
}

/** Passes on the first half of the target's response: of its body, or of its status line where it has none. */
export async function truncateResponse(
	message: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	const chunks: Buffer[] = [];
	for await (const chunk of message) chunks.push(chunk);
	const body = Buffer.concat(chunks);
	const { socket } = response;
	if (body.length < 2) {
		socket?.write("HTTP/1.1 2", () => socket.destroy());
		return;
	}
	copyHead(message, response);
	response.write(body.subarray(0, body.length / 2), () => socket?.destroy());
}
