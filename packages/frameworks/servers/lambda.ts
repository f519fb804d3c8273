import httpHeaderNormalizer from "@middy/http-header-normalizer";
import httpJsonBodyParser from "@middy/http-json-body-parser";
import { createLambdaHandler } from "@skyput/server/lambda";
import { uploadOptions, userOf } from "./uploads.ts";

export const handler = createLambdaHandler({
	...uploadOptions(),
	principal: ({ headers }) => userOf(headers?.["authorization"]), // or jwtPrincipal()
})
	.use(httpHeaderNormalizer())
	.use(httpJsonBodyParser({ disableContentTypeError: true }));
