import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { UploadError } from "../errors.js";
import { writeJson } from "../operations/read-request.js";
import type { Principal } from "../uploads/rule.js";
import { bodyConsumed, createHttpHandler, readText } from "./create-http-handler.js";
import type { HandlerOptions } from "./options.js";

export type { CompletionResult, CompletionStore } from "../completions.js";
export type { CorsOptions } from "./cors.js";
export type { HandlerOptions } from "./options.js";

/** The options of every adapter, with a principal that is read from the request. */
export interface NodeHandlerOptions extends HandlerOptions {
	/**
	 * Identifies the caller, from a session, token or header that you verified.
	 *
	 * @default no principal
	 */
	readonly principal?:
		| ((request: IncomingMessage) => Principal | null | Promise<Principal | null>)
		| undefined;
}

/** The request members set by body parsers, such as those of Express. */
interface ParsedRequest extends IncomingMessage {
	readonly body?: unknown;
}

async function readStream(request: IncomingMessage): Promise<string> {
	try {
		return await readText(request);
	} catch (cause) {
		if (cause instanceof UploadError) throw cause;
		// the connection broke, so no response can be sent
		throw new UploadError("invalid-request", "The body ended early.", { cause });
	}
}

/** The body, also where a parser has read it already. */
async function readBody(request: ParsedRequest): Promise<string | undefined> {
	const { body, readableDidRead } = request;
	// some parsers set `{}` for the types that they leave alone
	if (readableDidRead === false) return readStream(request);
	if (body === undefined) throw bodyConsumed();
	if (typeof body === "string") return body;
	if (body instanceof Uint8Array) return readText(Readable.from([body]));
	return writeJson(body);
}

/**
 * Creates a handler for node:http and frameworks built on it, such as Express and Connect. Mount it under
 * any path. Its responses equal those of the Lambda handler.
 *
 * @param options - The table, the provider, the token secret, and how to identify callers.
 * @returns The handler.
 * @throws TypeError when an option is wrong or the storage cannot enforce a rule.
 */
export function createNodeHandler(
	options: NodeHandlerOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
	const handle = createHttpHandler(options);
	const principal = options.principal ?? (() => null);
	return async (request, response) => {
		const [path = "/", ...query] = (request.url ?? "/").split("?");
		const { status, headers, body } = await handle({
			method: request.method ?? "GET",
			path,
			query: query.join("?"),
			headers: Object.fromEntries(
				Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
			),
			body: () => readBody(request),
			principal: () => principal(request),
		});
		response.writeHead(status, headers);
		response.end(body);
	};
}
