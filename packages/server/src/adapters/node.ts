import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { writeLog } from "../hooks.js";
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

/** What is said of what other frameworks hand to their handlers. */
const notOfNode =
	"The upload handler takes request and response of node:http. In Fastify, call reply.hijack() and pass request.raw and reply.raw; in Koa, set ctx.respond = false and pass ctx.req and ctx.res. For Lambda there is createLambdaHandler of @skyput/server/lambda.";

/** The log line where the framework has sent the response before the handler. */
const answeredTooEarly =
	"the response was sent before the upload handler had answered: its route must return or await the handler. In Fastify, call reply.hijack() before; in Koa, set ctx.respond = false and await the handler (https://skyput.dev/errors/not-found)";

/** The body, also where a parser has read it already. */
async function readBody(request: ParsedRequest): Promise<string | undefined> {
	const { body, readableDidRead, headers } = request;
	const encoding = headers["content-encoding"];
	// some parsers set `{}` for the types that they leave alone
	if (readableDidRead === false) return readText(request, encoding);
	if (body === undefined) throw bodyConsumed();
	if (typeof body === "string") return body;
	if (body instanceof Uint8Array) return readText(Readable.from([body]), encoding);
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
	const { principal = () => null, log = console } = options;
	return async (request, response) => {
		if (typeof response?.writeHead !== "function") {
			// after reply.hijack(), Fastify tells nobody what a handler throws
			writeLog(log, "error", { reason: notOfNode });
			throw new TypeError(notOfNode);
		}
		const [path = "/", ...query] = (request.url ?? "/").split("?");
		const { status, headers, body, requestId } = await handle({
			method: request.method ?? "GET",
			path,
			query: query.join("?"),
			headers: Object.fromEntries(
				Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
			),
			body: () => readBody(request),
			principal: () => principal(request),
		});
		// writeHead would throw, and end the process
		if (response.headersSent) {
			return writeLog(log, "error", { requestId, reason: answeredTooEarly });
		}
		// without a length Node sends chunks, which takes twice as long
		const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
		response.writeHead(status, { ...headers, ...length });
		response.end(body);
	};
}
