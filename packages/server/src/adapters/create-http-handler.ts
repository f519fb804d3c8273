import { UploadError } from "../errors.js";
import { bodyTooLarge, decodeBody, maxBodySize } from "../operations/read-request.js";
import { answer, type HttpReply, type HttpRequest, logPreflight } from "../router.js";
import { type CorsRequest, type CorsStep, corsEvent, lowerCased } from "./cors.js";
import { createContext, type HandlerOptions } from "./options.js";

/**
 * The most bytes read, and dropped, of a body that is too large: a client that is still sending when the
 * connection is closed does not see the response.
 */
const maxBytesRead = 64 * 2 ** 20;

/** A request as web and node servers have it. */
export type IncomingRequest = Omit<HttpRequest, "requestId">;

/** A reply, and the request id that the log has. */
type IdentifiedReply = HttpReply & Pick<HttpRequest, "requestId">;

const requestIdShape = /^[\w.:=-]{1,128}$/;

/**
 * Handles requests outside of Lambda. CORS headers come from the same middleware, called as Middy calls it, so
 * that responses are equal.
 *
 * @throws TypeError when an option is wrong or the storage cannot enforce a rule.
 */
export function createHttpHandler(
	options: HandlerOptions,
): (incoming: IncomingRequest) => Promise<IdentifiedReply> {
	const { cors, ...context } = createContext(options);
	return async (incoming) => {
		const { method, headers } = incoming;
		const request: CorsRequest = { event: corsEvent(method, headers) };
		const sentId = headers["x-request-id"] ?? "";
		const requestId = requestIdShape.test(sentId) ? sentId : crypto.randomUUID();
		const preflight = (cors.before as CorsStep)?.(request);
		if (preflight) {
			logPreflight(context, { headers, requestId });
			return { status: preflight.statusCode, headers: lowerCased(preflight.headers), requestId };
		}
		const reply = await answer(context, { ...incoming, requestId });
		request.response = { statusCode: reply.status, headers: { ...reply.headers } };
		(cors.after as CorsStep)?.(request);
		return { ...reply, headers: lowerCased(request.response.headers), requestId };
	};
}

/** The error of a body that other code consumed without keeping it where the handler finds it. */
export const bodyConsumed = (): UploadError =>
	new UploadError(
		"invalid-request",
		"The body was read before the upload handler got the request, by a body parser or a middleware. Mount the handler before it, or hand the handler a request whose body is unread.",
	);

/** The error of a body that ended before the handler read it, or was left behind. */
export const bodyGone = (): UploadError =>
	new UploadError(
		"invalid-request",
		"The body was gone before the upload handler read it: the framework has answered already, or a proxy or a service worker has dropped the body. The route must return or await what the handler returns, and pass on the request with its body.",
	);

/**
 * Reads a body as text.
 *
 * @param encoding - Its Content-Encoding, where it has one.
 * @throws UploadError `invalid-request` where it breaks off, is too large or not UTF-8.
 */
export async function readText(
	chunks: AsyncIterable<Uint8Array>,
	encoding: string | null | undefined,
): Promise<string> {
	const parts: Uint8Array[] = [];
	let bytes = 0;
	try {
		for await (const chunk of chunks) {
			bytes += chunk.byteLength;
			if (bytes > maxBytesRead) break;
			if (bytes <= maxBodySize) parts.push(chunk);
		}
	} catch (cause) {
		// no response can be sent any more
		throw new UploadError("invalid-request", "The body ended early.", {
			cause,
			reason:
				"The body ended early: the connection broke, or the route answered before the handler, whose response it must return or await.",
		});
	}
	if (bytes > maxBodySize) throw bodyTooLarge();
	return decodeBody(Buffer.concat(parts), encoding);
}
