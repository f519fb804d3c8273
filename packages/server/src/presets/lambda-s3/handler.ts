import type { LambdaHandler } from "../../adapters/lambda/create-lambda-handler.js";
import { createEnvironmentHandler } from "./create-environment-handler.js";

export type { LambdaHandler } from "../../adapters/lambda/create-lambda-handler.js";

/**
 * A Lambda handler that is configured by environment variables alone: point a Lambda's handler at
 * `@skyput/server/handler`. See docs/configuration.md for the variables.
 */
export const handler: LambdaHandler = createEnvironmentHandler(process.env);
