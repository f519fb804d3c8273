import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { isWebPage } from "../foreign-answers.js";
import { type CredentialFunction, credentialReader, type S3Credentials } from "./credentials.js";
import { checkSdk, loadSdk } from "./sdk.js";
import type { S3Settings } from "./settings.js";

/** The SDK, loaded. */
export interface Connection {
	readonly sdk: typeof import("@aws-sdk/client-s3");
	readonly client: S3Client;
	/** Seconds by which this clock is ahead of the storage's, by its last answer. */
	readonly skew: () => number | undefined;
}

/** Milliseconds. */
export interface Timings {
	/** Until a connection is established. */
	readonly connect: number;
	/** Until one attempt has a response. */
	readonly answer: number;
	/** Until a completion has a response: assembling parts can take long. */
	readonly completion: number;
	/** Until a call has ended, with all its attempts. */
	readonly total: number;
	/** Until a copy has ended, which takes minutes for a large object. */
	readonly copy: number;
}

/** Gateways time out at 30 s; the caller must get a response before that. */
export const defaultTimings: Timings = {
	connect: 5_000,
	answer: 8_000,
	completion: 24_000,
	total: 26_000,
	copy: 900_000,
};

/** A response before the SDK has read it. */
interface RawAnswer {
	readonly headers?: Readonly<Record<string, string>>;
	readonly statusCode?: number;
	readonly body?: { readonly resume?: () => unknown };
}

/** Calls of whose answer the SDK reads the status alone: a login page at 200 would pass for success. */
const withoutBody: ReadonlySet<unknown> = new Set([
	"DeleteObjectCommand",
	"AbortMultipartUploadCommand",
]);

/** The SDK's client for control calls, loaded and created at the first call. */
export function lazyConnection(settings: S3Settings, timings: Timings): () => Promise<Connection> {
	let loading: Promise<Connection["sdk"]> | undefined;
	let connecting: Promise<Connection> | undefined;
	const connect = async (): Promise<Connection> => {
		// load once: in a bundle, a second import after a failure resolves with an incomplete module
		loading ??= loadSdk(import("@aws-sdk/client-s3"));
		const sdk = await loading;
		const client = new sdk.S3Client({
			...clientConfig(settings),
			credentials: sdkCredentials(settings),
			maxAttempts: 3,
			requestHandler: {
				connectionTimeout: timings.connect,
				requestTimeout: timings.answer,
				throwOnRequestTimeout: true,
			},
		});
		await checkSdk(sdk, client, settings);
		let skew: number | undefined;
		client.middlewareStack.add(
			(next, { commandName }) =>
				async (args) => {
					const result = await next(args);
					const { headers = {}, statusCode, body } = result.response as RawAnswer;
					const seconds = (Date.now() - Date.parse(headers["date"] ?? "")) / 1_000;
					if (!Number.isNaN(seconds)) skew = seconds;
					const isPage = isWebPage(statusCode, headers["content-type"], headers["content-length"]);
					if (withoutBody.has(commandName) && isPage) {
						// read, so that its connection is free again
						body?.resume?.();
						const $metadata = { httpStatusCode: statusCode };
						throw Object.assign(new Error(`${commandName}: a web page answered`), { $metadata });
					}
					return result;
				},
			{ step: "deserialize", priority: "low", name: "readHeaders" },
		);
		return { sdk, client, skew: () => skew };
	};
	return () => {
		connecting ??= connect().catch((error: unknown) => {
			connecting = undefined;
			throw error;
		});
		return connecting;
	};
}

/** The configuration of the SDK's clients, which must use the same host as the signed URLs. */
export function clientConfig(settings: S3Settings): S3ClientConfig {
	const { options, region, endpoint } = settings;
	const url = endpoint?.service ?? options.endpoint;
	return {
		region,
		// ignore an endpoint from the environment, which would differ from the signed URLs
		...(url === undefined ? { ignoreConfiguredEndpointUrls: true } : { endpoint: url }),
		forcePathStyle: endpoint?.pathStyle ?? options.forcePathStyle ?? false,
		useAccelerateEndpoint: options.useAccelerateEndpoint ?? false,
		// an endpoint of our table has it in its name
		useDualstackEndpoint: url === undefined && (options.useDualstackEndpoint ?? false),
		useFipsEndpoint: options.useFipsEndpoint ?? false,
		// otherwise the SDK signs the CRC32 of an empty body, and sends checksums that other services refuse
		requestChecksumCalculation: "WHEN_REQUIRED",
		responseChecksumValidation: "WHEN_REQUIRED",
	};
}

/** The SDK's default credential chain: shared files, containers, instance metadata. */
export function credentialChain(settings: S3Settings): CredentialFunction {
	let client: Promise<S3Client> | undefined;
	return async (options) => {
		client ??= loadSdk(import("@aws-sdk/client-s3")).then(
			({ S3Client }) => new S3Client(clientConfig(settings)),
		);
		return (await client).config.credentials(options);
	};
}

/** Credentials whose failure is told as theirs: what the SDK throws may look like a failure of the storage. */
function sdkCredentials(settings: S3Settings): SdkCredentials {
	const read = credentialReader(settings.options.credentials, credentialChain(settings));
	return async (options) => sdkIdentity(await read(options?.["forceRefresh"] === true, options));
}

type SdkCredentials = NonNullable<S3ClientConfig["credentials"]>;
type SdkIdentity = Exclude<SdkCredentials, (...args: never[]) => unknown>;

// a copy: the SDK modifies it, and its type forbids undefined members
function sdkIdentity(credentials: S3Credentials): SdkIdentity {
	const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
	return {
		accessKeyId,
		secretAccessKey,
		...(sessionToken === undefined ? {} : { sessionToken }),
		...(expiration === undefined ? {} : { expiration }),
	};
}
