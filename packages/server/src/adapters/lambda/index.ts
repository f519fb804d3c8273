export type { Completion, CompletionStore } from "../../completions.js";
export type { CorsOptions } from "../cors.js";
export type { Middleware } from "../middleware.js";
export type { HandlerOptions } from "../options.js";
export {
	createLambdaHandler,
	type LambdaHandler,
	type LambdaHandlerOptions,
} from "./create-lambda-handler.js";
export type { LambdaEvent } from "./events.js";
export {
	cognitoPrincipal,
	iamPrincipal,
	jwtPrincipal,
	type LambdaPrincipal,
	lambdaPrincipal,
} from "./principals.js";
export type { LambdaResult } from "./result.js";
