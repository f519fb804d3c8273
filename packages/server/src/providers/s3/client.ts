import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import type { CredentialFunction, CredentialSource, S3Credentials } from "./credentials.js";
import type { Settings } from "./settings.js";

/** The SDK, loaded. */
export interface Connection {
	readonly sdk: typeof import("@aws-sdk/client-s3");
	readonly client: S3Client;
}

/** Milliseconds. */
export interface Timings {
	/** Until a connection stands. */
	readonly connect: number;
	/** Until one attempt is answered. */
	readonly answer: number;
	/** Until a completion is answered: the storage may put parts together for long. */
	readonly completion: number;
	/** Of a call with all its attempts. */
	readonly total: number;
}

/** Gateways cut at 30 s: whatever hangs, a caller hears of it before. */
export const defaultTimings: Timings = {
	connect: 5_000,
	answer: 8_000,
	completion: 24_000,
	total: 26_000,
};

/**
 * The SDK's client for control calls: loaded at the first one, so that a server that only signs never
 * pays for it, and then kept.
 */
export function lazyConnection(settings: Settings, timings: Timings): () => Promise<Connection> {
	let connecting: Promise<Connection> | undefined;
	const connect = async (): Promise<Connection> => {
		const sdk = await import("@aws-sdk/client-s3");
		const { credentials } = settings.options;
		return {
			sdk,
			client: new sdk.S3Client({
				...clientConfig(settings),
				...(credentials === undefined ? {} : { credentials: sdkCredentials(credentials) }),
				maxAttempts: 3,
				requestHandler: {
					connectionTimeout: timings.connect,
					requestTimeout: timings.answer,
					throwOnRequestTimeout: true,
				},
			}),
		};
	};
	return () => {
		connecting ??= connect().catch((error: unknown) => {
			connecting = undefined;
			throw error;
		});
		return connecting;
	};
}

/** What every client of the SDK shares here, so that it reaches the very host that URLs name. */
export function clientConfig(settings: Settings): S3ClientConfig {
	const { options, region, endpoint } = settings;
	const url = endpoint?.service ?? options.endpoint;
	return {
		region,
		// an explicit URL, or none at all: one from the environment would part from the signed URLs
		...(url === undefined ? { ignoreConfiguredEndpointUrls: true } : { endpoint: url }),
		forcePathStyle: endpoint?.pathStyle ?? options.forcePathStyle ?? false,
		useAccelerateEndpoint: options.useAccelerateEndpoint ?? false,
		// an endpoint of our table has it in its name
		useDualstackEndpoint: url === undefined && (options.useDualstackEndpoint ?? false),
		useFipsEndpoint: options.useFipsEndpoint ?? false,
		// else the SDK signs the CRC32 of an empty body, and other services refuse its checksums
		requestChecksumCalculation: "WHEN_REQUIRED",
		responseChecksumValidation: "WHEN_REQUIRED",
	};
}

/** The SDK's own way to credentials: shared files, containers, instance metadata. Loaded when asked. */
export function credentialChain(settings: Settings): CredentialFunction {
	let client: Promise<S3Client> | undefined;
	return async (options) => {
		client ??= import("@aws-sdk/client-s3").then(
			({ S3Client }) => new S3Client(clientConfig(settings)),
		);
		return (await client).config.credentials(options);
	};
}

function sdkCredentials(source: CredentialSource): SdkCredentials {
	return typeof source === "function"
		? async (options) => sdkIdentity(await source(options))
		: sdkIdentity(source);
}

type SdkCredentials = NonNullable<S3ClientConfig["credentials"]>;
type SdkIdentity = Exclude<SdkCredentials, (...args: never[]) => unknown>;

// a copy, since the SDK writes into what it is given, and forbids members that are undefined
function sdkIdentity(credentials: S3Credentials): SdkIdentity {
	const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
	return {
		accessKeyId,
		secretAccessKey,
		...(sessionToken === undefined ? {} : { sessionToken }),
		...(expiration === undefined ? {} : { expiration }),
	};
}
