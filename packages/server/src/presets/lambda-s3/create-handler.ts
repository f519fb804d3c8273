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

/** Whichever of the gateway's authorizers is set up; never the headers of a load balancer. */
function gatewayPrincipal(): LambdaPrincipal {
	const presets = [jwtPrincipal(), cognitoPrincipal(), lambdaPrincipal(), iamPrincipal()];
	return async (event) => {
		for (const preset of presets) {
			const principal = await preset(event);
			if (principal) return principal;
		}
		return null;
	};
}

const messageOf = (error: unknown): string =>
	error instanceof Error ? error.message : String(error);

/** Options of s3Provider by the variables they come from, to name the latter in messages. */
function storageOf({
	bucket,
	region,
	endpoint,
	compatibility,
}: Configuration): ReturnType<typeof s3Provider> {
	try {
		return s3Provider({
			// a missing one is reported by its own name; the other options are checked all the same
			bucket: bucket ?? "missing",
			...(region === undefined ? {} : { region }),
			...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
			// the provider refuses a name that it does not know, and lists those it does
			...(compatibility === undefined ? {} : { compatibility: compatibility as "unknown" }),
		});
	} catch (error) {
		throw new TypeError(
			`The storage (BUCKET_NAME, AWS_REGION_NAME, S3_ENDPOINT, S3_COMPATIBILITY): ${messageOf(error)}`,
			{ cause: error },
		);
	}
}

/**
 * The ready handler, from environment variables alone.
 *
 * @throws TypeError that names everything that is wrong at once; never a secret's value.
 */
export function createEnvironmentHandler(
	environment: Readonly<Record<string, string | undefined>>,
): LambdaHandler {
	const { configuration, problems } = readConfiguration(environment);
	const all = [...problems];
	const { rule, tokenSecret, origins } = configuration;
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
				...(origins.length === 0 ? {} : { cors: { origins } }),
			});
		} catch (error) {
			// all else was checked: the storage cannot do what the rule asks
			all.push(`ALLOW_OVERWRITE, MAX_UPLOAD_BYTES or S3_COMPATIBILITY: ${messageOf(error)}`);
		}
	}
	throw new TypeError(
		["The environment of @skyput/server/handler is not right:", ...all].join("\n- "),
	);
}
