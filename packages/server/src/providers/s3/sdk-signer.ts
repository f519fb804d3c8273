import type { S3Client } from "@aws-sdk/client-s3";
import { clientConfig } from "./client.js";
import type { S3Credentials } from "./credentials.js";
import { uploadError } from "./errors.js";
import type { SigningParameters } from "./expiry.js";
import type { SignedParts, Signer, UnsignedParts, UnsignedRequest } from "./requests.js";
import { loadSdk } from "./sdk.js";
import type { S3Settings } from "./settings.js";

/**
 * Signs with `@aws-sdk/s3-request-presigner`, for hosts that only the SDK's endpoint rules know. A
 * request gets the same parameters as from our own signer: additions of the SDK are removed, and no
 * header is dropped or hoisted.
 */
export function sdkSigner(settings: S3Settings): Signer {
	const clientFor = clientCache(settings);

	const sign = async (request: UnsignedRequest, signing: SigningParameters): Promise<string> => {
		const [sdk, { getSignedUrl }, client] = await Promise.all([
			loadSdk(import("@aws-sdk/client-s3")),
			loadSdk(import("@aws-sdk/s3-request-presigner")),
			clientFor(signing.credentials),
		]);
		// the endpoint rules treat all requests for an object alike; method and query are set below
		const command = new sdk.PutObjectCommand({ Bucket: settings.bucket, Key: request.key });
		command.middlewareStack.add(
			(next) => async (args) => {
				shapeRequest(args.request, request);
				return next(args);
			},
			{ step: "build", name: "shapeForSigning" },
		);
		const names = Object.keys(request.headers);
		return getSignedUrl(client, command, {
			expiresIn: signing.expiresIn,
			signingDate: signing.date,
			// the presigner modifies these sets
			signableHeaders: new Set([...names, "host"]),
			unhoistableHeaders: new Set(names),
		});
	};

	const signParts = async (
		{ key, uploadId, first, sizes }: UnsignedParts,
		signing: SigningParameters,
	): Promise<SignedParts> => {
		const signed: PartUrl[] = [];
		for (const [index, size] of sizes.entries()) {
			const query = { partNumber: String(first + index), uploadId };
			const headers = { "content-length": String(size) };
			signed.push(splitPartUrl(await sign({ method: "PUT", key, query, headers }, signing)));
		}
		const url = signed[0]?.template ?? "";
		if (signed.some(({ template }) => template !== url)) {
			throw new Error("The presigner's part URLs differ in more than number and signature");
		}
		return { urls: [url], values: signed.map(({ signature }) => signature) };
	};

	const explain = (error: unknown): never => {
		throw uploadError(error, "sign the request", settings);
	};
	return {
		sign: (request, signing) => sign(request, signing).catch(explain),
		signParts: (parts, signing) => signParts(parts, signing).catch(explain),
	};
}

interface PartUrl {
	readonly template: string;
	readonly signature: string;
}

function splitPartUrl(url: string): PartUrl {
	const signature = /[?&]X-Amz-Signature=([0-9a-f]+)/.exec(url)?.[1] ?? "";
	const template = url
		.replace(/([?&]partNumber=)\d+/, "$1{partNumber}")
		.replace(/([?&]X-Amz-Signature=)[0-9a-f]+/, "$1{value}");
	return { template, signature };
}

/** Replaces the headers and query of the SDK's request with ours. */
function shapeRequest(sdkRequest: unknown, request: UnsignedRequest): void {
	if (!isMutableRequest(sdkRequest)) throw new TypeError("The SDK made a request of another kind");
	const { host } = sdkRequest.headers;
	sdkRequest.method = request.method;
	sdkRequest.headers = { ...(host === undefined ? {} : { host }), ...request.headers };
	// remove x-id, which other services refuse
	sdkRequest.query = { ...request.query };
}

interface MutableRequest {
	method: string;
	headers: Record<string, string>;
	query: Record<string, string>;
}

function isMutableRequest(value: unknown): value is MutableRequest {
	return typeof value === "object" && value !== null && "headers" in value && "query" in value;
}

/** Caches a client for the latest credentials: all URLs of a window must share them. */
function clientCache(settings: S3Settings): (credentials: S3Credentials) => Promise<S3Client> {
	let kept: { readonly id: string; readonly client: S3Client } | undefined;
	return async ({ accessKeyId, secretAccessKey, sessionToken }) => {
		const id = JSON.stringify([accessKeyId, secretAccessKey, sessionToken]);
		if (kept?.id === id) return kept.client;
		const { S3Client } = await loadSdk(import("@aws-sdk/client-s3"));
		const client = new S3Client({
			...clientConfig(settings),
			credentials: {
				accessKeyId,
				secretAccessKey,
				...(sessionToken === undefined ? {} : { sessionToken }),
			},
		});
		kept = { id, client };
		return client;
	};
}
