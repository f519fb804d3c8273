import middy from "@middy/core";
import secretsManager, { secret } from "@middy/secrets-manager";
import ssm, { ssmParam } from "@middy/ssm";
import { createLambdaHandler, type LambdaEvent, type LambdaHandler } from "@skyput/server/lambda";
import { s3Provider } from "@skyput/server/s3";
import { uploads, userOf } from "./uploads.ts";

/** Parameters below /uploads/: `bucket`, a String, and `origins`, a StringList. */
interface Parameters {
	readonly bucket: string;
	readonly origins: readonly string[];
}

/** The secret uploads/token, as JSON. To rotate it, `current` becomes `previous`. */
interface TokenSecrets {
	readonly current: string;
	readonly previous?: string;
}

let made: { readonly from: string; readonly handler: LambdaHandler } | undefined;

/** The handler for these values: a new one only when a value has changed. */
function handlerOf(parameters: Parameters, secrets: TokenSecrets): LambdaHandler {
	const { bucket, origins } = parameters;
	const from = JSON.stringify([parameters, secrets]);
	if (made?.from !== from) {
		const handler = createLambdaHandler({
			uploads,
			provider: s3Provider({ bucket, endpoint: process.env.S3_ENDPOINT, compatibility: "aws" }),
			principal: ({ headers }) => userOf(headers?.["authorization"]), // or jwtPrincipal()
			tokenSecret: [secrets.current, secrets.previous],
			cors: { origins },
		});
		made = { from, handler };
	}
	return made.handler;
}

/** Milliseconds after which changed values are read. */
const cacheExpiry = 5 * 60_000;

export const handler = middy<LambdaEvent>()
	.use(
		ssm({
			fetchData: { parameters: ssmParam<Parameters>("/uploads/") },
			cacheExpiry,
			setToContext: true,
		}),
	)
	.use(
		secretsManager({
			fetchData: { secrets: secret<TokenSecrets>("uploads/token") },
			cacheExpiry,
			setToContext: true,
		}),
	)
	.handler(async (event: LambdaEvent, context) =>
		handlerOf(context.parameters, context.secrets)(event, context),
	);
