import { UploadError } from "../errors.js";
import { answer, type HttpReply, type HttpRequest } from "../router.js";
import type { Principal } from "../uploads/rule.js";
import { createCors } from "./cors.js";
import { checkPrincipal, createContext, type HandlerOptions } from "./options.js";
import { refuseUnknownOptions } from "./unknown-options.js";

/** What Lambda takes in one event: larger bodies are no calls of this contract. Bytes. */
const maxBody = 6_291_456;

/** A request as web and node servers have it. Header names are lower-case. */
export interface Incoming extends Omit<HttpRequest, "requestId" | "principal"> {
	readonly headers: Readonly<Record<string, string>>;
	readonly principal: () => Principal | null | Promise<Principal | null>;
}

/** What http-cors reads and writes of a Middy request. */
interface CorsRequest {
	readonly event: object;
	response?: { statusCode: number; headers: Record<string, string>; body?: string };
}

type CorsStep = ((request: CorsRequest) => CorsRequest["response"] | undefined) | undefined;

const requestId = /^[\w.:=-]{1,128}$/;

/** The names that the options of the web and node adapters have. */
const names = ["uploads", "provider", "principal", "tokenSecret", "cors", "completions"];

const lowerCased = (headers: Readonly<Record<string, string>>): Record<string, string> =>
	Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/**
 * Answers requests outside Lambda. CORS comes from the same middleware, called as Middy calls it, so
 * that the answers are equal.
 *
 * @throws TypeError when an option is wrong or a rule asks for what the storage cannot do.
 */
export function createHttpHandler(
	options: HandlerOptions,
): (incoming: Incoming) => Promise<HttpReply> {
	refuseUnknownOptions(options, names);
	const context = createContext(options);
	const cors = options.cors ? createCors(options.cors) : {};
	return async (incoming) => {
		const { method, headers } = incoming;
		const request: CorsRequest = {
			event: { version: "2.0", headers, requestContext: { http: { method } } },
		};
		const early = (cors.before as CorsStep)?.(request);
		if (early) return { status: early.statusCode, headers: lowerCased(early.headers) };
		const given = headers["x-request-id"] ?? "";
		const call: HttpRequest = {
			...incoming,
			requestId: requestId.test(given) ? given : crypto.randomUUID(),
			principal: async () => checkPrincipal(await incoming.principal()),
		};
		const { status, headers: own, body } = await answer(context, call);
		request.response = { statusCode: status, headers: { ...own } };
		(cors.after as CorsStep)?.(request);
		const reply = { status, headers: lowerCased(request.response.headers) };
		return body === undefined ? reply : { ...reply, body };
	};
}

/** A body as text, read to its end but no further than a call can be long. */
export async function readText(chunks: AsyncIterable<Uint8Array>): Promise<string> {
	const decoder = new TextDecoder("utf-8", { fatal: true });
	const parts: Uint8Array[] = [];
	let bytes = 0;
	for await (const chunk of chunks) {
		bytes += chunk.byteLength;
		if (bytes > maxBody) throw new UploadError("too-large", "The request's body is too large.");
		parts.push(chunk);
	}
	try {
		return decoder.decode(Buffer.concat(parts));
	} catch (cause) {
		throw new UploadError("invalid-request", "The body is not UTF-8.", { cause });
	}
}
