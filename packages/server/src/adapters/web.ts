import type { Principal } from "../uploads/rule.js";
import { bodyConsumed, bodyGone, createHttpHandler, readText } from "./create-http-handler.js";
import type { HandlerOptions } from "./options.js";

export type { CompletionResult, CompletionStore } from "../completions.js";
export type { CorsOptions } from "./cors.js";
export type { HandlerOptions } from "./options.js";

/** The options of every adapter, with a principal that is read from the request. */
export interface FetchHandlerOptions extends HandlerOptions {
	/**
	 * Identifies the caller, from a session, token or header that you verified.
	 *
	 * @default no principal
	 */
	readonly principal?:
		| ((request: Request) => Principal | null | Promise<Principal | null>)
		| undefined;
}

/** What SvelteKit, Astro and React Router hand to a route instead of the request itself. */
export interface EventWithRequest {
	readonly request: Request;
}

/** The request, also out of an event. @throws TypeError that names what came instead. */
function requestOf(input: Request | EventWithRequest): Request {
	const request: Partial<Request> = "request" in input ? input.request : input;
	if (typeof request.url === "string" && typeof request.headers?.get === "function")
		return request as Request;
	const members = Object.keys(input).slice(0, 10).join(", ");
	throw new TypeError(
		`The upload handler takes a Request, or an object with one as \`request\`. It got an object with ${members || "no members"}; in Hono, pass c.req.raw; in h3 2 and Nitro 3, event.req; in Nuxt and Nitro 2, toWebRequest(event). For Express, and others on node:http, there is createNodeHandler of @skyput/server/node, for Lambda createLambdaHandler of @skyput/server/lambda.`,
	);
}

/**
 * Makes a handler of Request and Response, for Hono, Next.js, SvelteKit, Astro, React Router, Workers, Deno
 * and Bun. Mount it under any path, for GET, POST and OPTIONS. Its responses equal those of the Lambda handler.
 *
 * @param options - The table, the provider, the token secret, and how to identify callers.
 * @returns The handler; it takes a Request, or an event that holds one as `request`.
 * @throws TypeError when an option is wrong or the storage cannot enforce a rule.
 */
export function createFetchHandler(
	options: FetchHandlerOptions,
): (request: Request | EventWithRequest) => Promise<Response> {
	const handle = createHttpHandler(options);
	const principal = options.principal ?? (() => null);
	return async (input) => {
		const request = requestOf(input);
		const { headers: sent } = request;
		const { pathname, search } = new URL(request.url);
		const { status, headers, body } = await handle({
			method: request.method,
			path: pathname,
			query: search.slice(1),
			headers: Object.fromEntries(sent),
			body: async () => {
				// something else reads it where it is locked
				if (request.bodyUsed || request.body?.locked) throw bodyConsumed();
				const encoding = sent.get("content-encoding");
				const text = request.body ? await readText(request.body, encoding) : "";
				// once a route without `return` has answered, Hono and h3 drop the body
				if (!text && Number(sent.get("content-length")) > 0) throw bodyGone();
				return text;
			},
			principal: () => principal(request),
		});
		return new Response(body ?? null, { status, headers });
	};
}
