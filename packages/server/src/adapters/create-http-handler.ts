import { UploadError } from "../errors.js";
import { answer, type HttpReply, type HttpRequest } from "../router.js";
import { createCors } from "./cors.js";
import { createContext, type HandlerOptions } from "./options.js";

/** Bytes of the largest body read: those of a Lambda event. */
const maxBodySize = 6_291_456;

/** A request as web and node servers have it. Header names are lower-case. */
export interface IncomingRequest extends Omit<HttpRequest, "requestId"> {
	readonly headers: Readonly<Record<string, string>>;
}

/** What http-cors reads and writes of a Middy request. */
interface CorsRequest {
	readonly event: object;
	response?: { statusCode: number; headers: Record<string, string>; body?: string };
}

type CorsStep = ((request: CorsRequest) => CorsRequest["response"] | undefined) | undefined;

const requestIdShape = /^[\w.:=-]{1,128}$/;

const lowerCased = (headers: Readonly<Record<string, string>>): Record<string, string> =>
	Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/**
 * Answers requests outside of Lambda. CORS headers come from the same middleware, called as Middy calls
 * it, so that the answers are equal.
 *
 * @throws TypeError when an option is wrong or the storage cannot enforce a rule.
 */
export function createHttpHandler(
	options: HandlerOptions,
): (incoming: IncomingRequest) => Promise<HttpReply> {
	const context = createContext(options);
	const cors = options.cors ? createCors(options.cors) : {};
	return async (incoming) => {
		const { method, headers } = incoming;
		const request: CorsRequest = {
			event: { version: "2.0", headers, requestContext: { http: { method } } },
		};
		const preflight = (cors.before as CorsStep)?.(request);
		if (preflight) return { status: preflight.statusCode, headers: lowerCased(preflight.headers) };
		const requestId = headers["x-request-id"] ?? "";
		const reply = await answer(context, {
			...incoming,
			requestId: requestIdShape.test(requestId) ? requestId : crypto.randomUUID(),
		});
		request.response = { statusCode: reply.status, headers: { ...reply.headers } };
		(cors.after as CorsStep)?.(request);
		return { ...reply, headers: lowerCased(request.response.headers) };
	};
}

/**
 * Reads a body as text, at most 6 MiB of it.
 *
 * @throws UploadError `too-large`, `invalid-request` where it is not UTF-8.
 */
export async function readText(chunks: AsyncIterable<Uint8Array>): Promise<string> {
	const decoder = new TextDecoder("utf-8", { fatal: true });
	const parts: Uint8Array[] = [];
	let bytes = 0;
	for await (const chunk of chunks) {
		bytes += chunk.byteLength;
		if (bytes > maxBodySize) throw new UploadError("too-large", "The request body is too large.");
		parts.push(chunk);
	}
	try {
		return decoder.decode(Buffer.concat(parts));
	} catch (cause) {
		throw new UploadError("invalid-request", "The body is not UTF-8.", { cause });
	}
}
