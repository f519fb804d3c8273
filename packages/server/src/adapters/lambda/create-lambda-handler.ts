import middy from "@middy/core";
import { type ErrorCode, errorCodes } from "#protocol";
import { UploadError } from "../../errors.js";
import { answer, answerError } from "../../router.js";
import { createCors } from "../cors.js";
import type { Middleware } from "../middleware.js";
import { checkPrincipal, createContext, type HandlerOptions } from "../options.js";
import { refuseUnknownOptions } from "../unknown-options.js";
import { headersOf, kindOf, type LambdaEvent, requestIdOf, toCall } from "./events.js";
import type { LambdaPrincipal } from "./principals.js";
import { type LambdaResult, toResult } from "./result.js";

/** The options of every adapter, with a principal that is read from the event. */
export interface LambdaHandlerOptions extends HandlerOptions {
	/** Who asks: `jwtPrincipal()` and its siblings, or your own function. @default nobody is known */
	readonly principal?: LambdaPrincipal | undefined;
}

/** A Lambda handler made by Middy. */
export interface LambdaHandler {
	(event: LambdaEvent, context?: object): Promise<LambdaResult>;
	/**
	 * Adds Middy middlewares; they run inside CORS and the error answers.
	 *
	 * @param middleware - One or several.
	 * @returns The same handler.
	 */
	use(middleware: Middleware | readonly Middleware[]): LambdaHandler;
}

interface Request {
	event: Record<string, unknown>;
	context: object;
	response?: LambdaResult | undefined;
	readonly error?: unknown;
}

/** What is used of Middy's own handler while it is put together. */
interface MiddyHandler extends LambdaHandler {
	handler(serve: (event: Record<string, unknown>, context: object) => Promise<LambdaResult>): void;
}

const names = ["uploads", "provider", "principal", "tokenSecret", "cors", "completions"];

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === "object" && value !== null && !Array.isArray(value);

/** Gives every event one shape for the middlewares, whatever a gateway or a test console sent. */
function requestStart(request: Request): void {
	const event = isObject(request.event) ? request.event : {};
	// http-cors looks for the method where the version says it is
	const version = kindOf(event) === "v2" ? "2.0" : "1.0";
	request.event = { ...event, headers: headersOf(event), version };
	request.context ??= {};
}

/** Runs after everything, preflights, errors and what a middleware answered early included. */
function requestEnd(request: Request, cors: Middleware): void {
	if (!request.response) return;
	// Middy skips the rest of the middlewares after an early answer
	if (!request.response.headers?.["Access-Control-Expose-Headers"]) {
		(cors.after as ((request: Request) => unknown) | undefined)?.(request);
	}
	const { event, response } = request;
	// http-cors answers a preflight without one
	response.body ??= "";
	// a load balancer whose target group has multi-value headers reads those alone
	if (kindOf(event) !== "alb" || !isObject(event["multiValueHeaders"])) return;
	response.multiValueHeaders = Object.fromEntries(
		Object.entries(response.headers).map(([name, value]) => [name, [value]]),
	);
}

/** What was thrown outside the handler, as this contract says it. */
function toUploadError(error: unknown): unknown {
	if (!(error instanceof Error) || error instanceof UploadError) return error;
	if (error.name === "TimeoutError") {
		const options = { cause: error, retryAfter: 1 };
		return new UploadError("storage-unavailable", "It took too long; try again.", options);
	}
	// the errors of Middy's own middlewares carry a status, and mean a 4xx to be told
	const status = "statusCode" in error ? error.statusCode : undefined;
	const codes = Object.keys(errorCodes) as ErrorCode[];
	const code = codes.find(
		(name) => errorCodes[name].status === status && errorCodes[name].status < 500,
	);
	return code ? new UploadError(code, error.message, { cause: error }) : error;
}

/** What a user's middleware or Middy itself threw, as an answer. */
const answerErrors = {
	onError(request: Request): void {
		// theirs run first, and whoever answered has decided
		if (request.response !== undefined) return;
		const { error, event, context } = request;
		const reply = answerError(toUploadError(error), requestIdOf(event, context));
		request.response = toResult(reply);
	},
};

/**
 * A Lambda handler that serves the upload contract behind API Gateway (HTTP and REST), a Function URL
 * or an Application Load Balancer. It is a Middy handler: add your own middlewares by `.use(...)`.
 *
 * @param options - The table, the provider, the token secret, and how callers are known.
 * @returns The function to export.
 * @throws TypeError when an option is wrong or a rule asks for what the storage cannot do, before any
 * call is served.
 */
export function createLambdaHandler(options: LambdaHandlerOptions): LambdaHandler {
	refuseUnknownOptions(options, names);
	const context = createContext(options);
	const principal = options.principal ?? (() => null);
	const cors: Middleware = options.cors ? createCors(options.cors) : {};
	const hooks = { requestStart, requestEnd: (request: Request) => requestEnd(request, cors) };
	// Middy's own types need optional packages of it; what is used of them stands above
	const handler = middy(hooks as never) as unknown as MiddyHandler;
	if (options.cors) handler.use(cors);
	handler.use(answerErrors);
	handler.handler(async (event, lambdaContext) => {
		const requestId = requestIdOf(event, lambdaContext);
		const kind = kindOf(event);
		if (kind === null) {
			const error = new UploadError(
				"invalid-request",
				"This is no HTTP event of API Gateway, a Function URL or a load balancer.",
			);
			return toResult(answerError(error, requestId));
		}
		const call = toCall(event, kind, requestId, async () =>
			checkPrincipal(await principal(event as LambdaEvent)),
		);
		return toResult(await answer(context, call));
	});
	return handler;
}
