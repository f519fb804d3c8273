import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { FalseAnswer } from "./fault.js";

/** Gives the proxy's own answer. An early one closes the connection on the body, as servers do that are too busy to read on. */
export function giveAnswer(response: ServerResponse, answer: FalseAnswer): void {
	const { when, status, code, message = "Injected", retryAfter } = answer;
	const body =
		code === undefined
			? JSON.stringify({ message })
			: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
	response.writeHead(status, {
		"content-type": code === undefined ? "application/json" : "application/xml",
		"content-length": Buffer.byteLength(body),
		...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
		...(when === "early" ? { connection: "close" } : {}),
	});
	response.end(body);
}

/** What speaks of one connection says nothing about the next. */
const ofConnection = /^(?:connection|keep-alive|transfer-encoding)$/i;

function repeatHead({ statusCode, rawHeaders }: IncomingMessage, response: ServerResponse): void {
	response.writeHead(statusCode ?? 502, withoutHeader(rawHeaders, ofConnection));
}

/** Names and values in turn, without those whose name is meant. */
export function withoutHeader(rawHeaders: readonly string[], name: RegExp): string[] {
	return rawHeaders.filter((_, index) => !name.test(rawHeaders[index - (index % 2)] ?? ""));
}

/** Hands the target's answer on as it is. */
export async function relayAnswer(
	message: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	repeatHead(message, response);
	await pipeline(message, response);
}

/** Hands on one half of the target's answer: of its body, or of its first line where it has none. */
export async function cutAnswer(message: IncomingMessage, response: ServerResponse): Promise<void> {
	const chunks: Buffer[] = [];
	for await (const chunk of message) chunks.push(chunk);
	const body = Buffer.concat(chunks);
	const { socket } = response;
	if (body.length < 2) {
		socket?.write("HTTP/1.1 2", () => socket.destroy());
		return;
	}
	repeatHead(message, response);
	response.write(body.subarray(0, body.length / 2), () => socket?.destroy());
}
