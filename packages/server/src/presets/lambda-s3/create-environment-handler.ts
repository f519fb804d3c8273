import {
	createLambdaHandler,
	type LambdaHandler,
} from "../../adapters/lambda/create-lambda-handler.js";
import {
	cognitoPrincipal,
	iamPrincipal,
	jwtPrincipal,
	type LambdaPrincipal,
	lambdaPrincipal,
} from "../../adapters/lambda/principals.js";
import { s3Provider } from "../../providers/s3/provider.js";
import { type Configuration, readConfiguration } from "./configuration.js";

/** Reads the principal from any authorizer of the gateway, never from a load balancer's headers. */
function gatewayPrincipal(): LambdaPrincipal {
	const presets = [jwtPrincipal(), cognitoPrincipal(), lambdaPrincipal(), iamPrincipal()];
	const first: LambdaPrincipal = async (event) => {
		for (const preset of presets) {
			const principal = await preset(event);
			if (principal) return principal;
		}
		return null;
	};
	return Object.assign(first, { reads: "requestContext.authorizer (JWT, Cognito, Lambda, IAM)" });
}

const messageOf = (error: unknown): string =>
	error instanceof Error ? error.message : String(error);

/** Creates the provider; error messages name the variables. */
function storageOf({
	bucket,
	region,
	endpoint,
	publicEndpoint,
	forcePathStyle,
	compatibility,
	unsignedHeaders,
}: Configuration): ReturnType<typeof s3Provider> {
	try {
		return s3Provider({
			// a missing bucket is already reported; check the other options with a placeholder
			bucket: bucket ?? "missing",
			region,
			endpoint,
			publicEndpoint,
			forcePathStyle,
			// the provider refuses an unknown name and lists the known ones
			compatibility: compatibility as "unknown" | undefined,
			// or a wrong word
			unsignedHeaders: unsignedHeaders as "accepted" | undefined,
		});
	} catch (error) {
		throw new TypeError(
			`The storage (BUCKET_NAME, AWS_REGION_NAME, S3_ENDPOINT, S3_PUBLIC_ENDPOINT, S3_FORCE_PATH_STYLE, S3_COMPATIBILITY, S3_UNSIGNED_HEADERS): ${messageOf(error)}`,
			{ cause: error },
		);
	}
}

/**
 * Makes the handler from environment variables alone.
 *
 * @throws TypeError that lists everything that is wrong, without a secret's value.
 */
export function createEnvironmentHandler(
	environment: Readonly<Record<string, string | undefined>>,
): LambdaHandler {
	const { configuration, problems } = readConfiguration(environment);
	const all = [...problems];
	const { rule, tokenSecret, origins, headers } = configuration;
	let provider: ReturnType<typeof s3Provider> | undefined;
	try {
		provider = storageOf(configuration);
	} catch (error) {
		all.push(messageOf(error));
	}
	if (provider && all.length === 0) {
		try {
			return createLambdaHandler({
				uploads: { rules: [rule] },
				provider,
				principal: gatewayPrincipal(),
				tokenSecret: tokenSecret ?? false,
				cors: origins.length === 0 ? undefined : { origins, headers },
			});
		} catch (error) {
			// everything else was checked, so the storage can't enforce the rule
			all.push(
				`ALLOW_OVERWRITE, MAX_UPLOAD_BYTES, S3_COMPATIBILITY or S3_UNSIGNED_HEADERS: ${messageOf(error)}`,
			);
		}
	}
	throw new TypeError(
		["The environment variables of @skyput/server/handler are invalid:", ...all].join("\n- "),
	);
}
