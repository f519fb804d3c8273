export type { CompletionResult, CompletionStore } from "../../completions.js";
export type { CorsOptions, Middleware } from "../cors.js";
export type { HandlerOptions } from "../options.js";
export { type AlbPrincipalOptions, albPrincipal } from "./alb-principal.js";
export {
	createLambdaHandler,
	type LambdaHandler,
	type LambdaHandlerOptions,
} from "./create-lambda-handler.js";
export type { LambdaEvent } from "./event.js";
export {
	cognitoPrincipal,
	iamPrincipal,
	jwtPrincipal,
	type LambdaPrincipal,
	lambdaPrincipal,
} from "./principals.js";
export type { LambdaResult } from "./result.js";
