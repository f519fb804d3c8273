import type { Principal } from "../uploads/rule.js";
import { createHttpHandler, readText } from "./create-http-handler.js";
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

/**
 * Makes a handler of Request and Response, for Hono, Next.js, Workers, Deno and Bun. Mount it under any
 * path, for GET, POST and OPTIONS. Its responses equal those of the Lambda handler.
 *
 * @param options - The table, the provider, the token secret, and how to identify callers.
 * @returns The handler.
 * @throws TypeError when an option is wrong or the storage cannot enforce a rule.
 */
export function createFetchHandler(
	options: FetchHandlerOptions,
): (request: Request) => Promise<Response> {
	const handle = createHttpHandler(options);
	const principal = options.principal ?? (() => null);
	return async (request) => {
		const { pathname, search } = new URL(request.url);
		const { status, headers, body } = await handle({
			method: request.method,
			path: pathname,
			query: search.slice(1),
			headers: Object.fromEntries(request.headers),
			body: async () => (request.body ? readText(request.body) : undefined),
			principal: () => principal(request),
		});
		return new Response(body ?? null, { status, headers });
	};
}
