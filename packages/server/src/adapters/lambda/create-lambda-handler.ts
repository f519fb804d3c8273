import middy from "@middy/core";
import { UploadError } from "../../errors.js";
import { answer, answerError, logPreflight } from "../../router.js";
import {
	type CorsRequest,
	type CorsStep,
	lowerCased,
	type Middleware,
	withoutLongOrigin,
} from "../cors.js";
import { createContext, type HandlerOptions } from "../options.js";
import { isObject, kindOf, type LambdaEvent, requestIdOf } from "./event.js";
import { fromMiddleware } from "./middleware-error.js";
import type { LambdaPrincipal } from "./principals.js";
import { headersAsSent, toRequest } from "./request.js";
import { finishResult, type LambdaResult, toResult } from "./result.js";

/** The options of every adapter, with a principal that is read from the event. */
export interface LambdaHandlerOptions extends HandlerOptions {
	/** Identifies the caller: `jwtPrincipal()`, its siblings, or your own. @default no principal */
	readonly principal?: LambdaPrincipal | undefined;
}

/** A Lambda handler made by Middy. */
export interface LambdaHandler {
	(event: LambdaEvent, context?: object): Promise<LambdaResult>;
	/**
	 * Adds Middy middlewares. They run inside of CORS and error handling.
	 *
	 * @param middleware - One or several.
	 * @returns The same handler.
	 */
	use(middleware: Middleware | readonly Middleware[]): LambdaHandler;
}

interface MiddyRequest {
	event: Record<string, unknown>;
	context: object;
	response?: LambdaResult | undefined;
	readonly error?: unknown;
}

/** The members of Middy's handler that are used here. */
interface MiddyHandler extends LambdaHandler {
	handler(run: (event: Record<string, unknown>, context: object) => Promise<LambdaResult>): void;
}

/** Normalizes an event for the middlewares: gateways and test consoles send different shapes. */
function requestStart(request: MiddyRequest): void {
	const event = isObject(request.event) ? request.event : {};
	// http-cors reads the method from the place that the payload version defines
	const version = kindOf(event) === "v2" ? "2.0" : "1.0";
	// a user's own code may read either spelling
	const sent = headersAsSent(event);
	const headers = withoutLongOrigin({ ...sent, ...lowerCased(sent) });
	request.event = { ...event, headers, version };
	request.context ??= {};
}

/**
 * Makes a Lambda handler behind API Gateway (HTTP and REST), a Function URL or an Application Load
 * Balancer. It is a Middy handler: add your own middlewares by `.use(...)`.
 *
 * @param options - The table, the provider, the token secret, and how to identify callers.
 * @returns The function to export.
 * @throws TypeError when an option is wrong or the storage cannot enforce a rule.
 */
export function createLambdaHandler(options: LambdaHandlerOptions): LambdaHandler {
	const { cors, ...context } = createContext(options);
	const principal = options.principal ?? (() => null);
	// runs last, also for preflights, errors and early responses of a middleware
	const requestEnd = (request: MiddyRequest): void => {
		if (!request.response) return;
		// Middy skips the other middlewares after an early response
		if (!request.response.headers?.["Access-Control-Expose-Headers"]) {
			(cors.after as ((request: MiddyRequest) => unknown) | undefined)?.(request);
		}
		finishResult(request.event, request.response);
	};
	// Middy's types need optional packages, so the members used here are declared above
	const handler = middy({ requestStart, requestEnd } as never) as unknown as MiddyHandler;
	const before = (request: MiddyRequest): unknown => {
		const preflight = (cors.before as CorsStep)?.(request as CorsRequest);
		if (!preflight) return undefined;
		const { event, context: lambdaContext } = request;
		const headers = lowerCased(headersAsSent(event));
		logPreflight(context, { headers, requestId: requestIdOf(event, lambdaContext) });
		return preflight;
	};
	if (options.cors) handler.use({ ...cors, before });
	handler.use({
		onError(request: MiddyRequest): void {
			// a user's middleware may have responded already
			if (request.response !== undefined) return;
			const requestId = requestIdOf(request.event, request.context);
			request.response = toResult(
				answerError(context, fromMiddleware(request.error), { requestId }),
			);
		},
	});
	handler.handler(async (event, lambdaContext) => {
		const requestId = requestIdOf(event, lambdaContext);
		const kind = kindOf(event);
		if (kind === null) {
			const message =
				"This is not an HTTP event of API Gateway, a Function URL or a load balancer.";
			return toResult(
				answerError(context, new UploadError("invalid-request", message), { requestId }),
			);
		}
		const identify = () => principal(event as LambdaEvent);
		const request = { ...toRequest(event, kind), requestId, principal: identify };
		return toResult(await answer(context, request));
	});
	return handler;
}
