import { type AuthRules, checkScope } from "./credential-scope.js";
import { readSignature } from "./read-signature.js";
import { S3Error } from "./s3-error.js";
import type { S3Request } from "./s3-request.js";
import {
	canonicalRequest,
	hexBytes,
	sameSignature,
	sign,
	signatureMismatch,
	signingKey,
	stringToSign,
} from "./signature.js";

/** What the signature covers of the body, which is not read yet. */
export type Payload =
	| { readonly kind: "unsigned" }
	| { readonly kind: "sha256"; readonly hex: string }
	| {
			readonly kind: "aws-chunked";
			readonly trailer: boolean;
			/** Present when every chunk is signed. */
			readonly chain?: ChunkChain;
	  };

/** What the first chunk signature is computed from. */
export interface ChunkChain {
	readonly key: Buffer;
	readonly amzDate: string;
	readonly scope: string;
	readonly seed: string;
}

/** Refuses `x-amz-*` headers that were added after signing, unless the service accepts them. */
function checkNothingUnsigned(
	{ headers }: S3Request,
	signedHeaders: readonly string[],
	{ inQuery, accepts }: { readonly inQuery: boolean; readonly accepts: boolean },
): void {
	const unsigned = [...headers.keys()].filter(
		(name) =>
			(name === "host" || (name.startsWith("x-amz-") && !accepts)) &&
			!signedHeaders.includes(name) &&
			!(inQuery && name === "x-amz-content-sha256"),
	);
	if (unsigned.length > 0) {
		throw new S3Error(
			"AccessDenied",
			"There were headers present in the request which were not signed",
			{
				HeadersNotSigned: unsigned.join(", "),
			},
		);
	}
}

function payloadOf(payloadHash: string, chain: ChunkChain): Payload {
	switch (payloadHash) {
		case "UNSIGNED-PAYLOAD":
			return { kind: "unsigned" };
		case "STREAMING-UNSIGNED-PAYLOAD-TRAILER":
			return { kind: "aws-chunked", trailer: true };
		case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD":
			return { kind: "aws-chunked", trailer: false, chain };
		case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER":
			return { kind: "aws-chunked", trailer: true, chain };
	}
	if (/^[0-9a-f]{64}$/.test(payloadHash)) return { kind: "sha256", hex: payloadHash };
	throw new S3Error(
		"InvalidArgument",
		"x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
		{ ArgumentName: "x-amz-content-sha256", ArgumentValue: payloadHash },
	);
}

/**
 * Verifies a version 4 signature in the query or in the header before the body is read.
 *
 * @throws S3Error as AWS answers
 */
export function authenticate(request: S3Request, rules: AuthRules, now: Date): Payload {
	const given = readSignature(request, now);
	const inQuery = !request.headers.has("authorization");
	const scope = checkScope(given, rules, inQuery);
	if (request.headers.has("x-amz-security-token") || request.query.has("X-Amz-Security-Token")) {
		throw new S3Error("InvalidToken", "The provided token is malformed or otherwise invalid.");
	}
	const accepts = rules.behaviour.acceptsUnsignedHeaders;
	checkNothingUnsigned(request, given.signedHeaders, { inQuery, accepts });
	const key = signingKey(rules.secretAccessKey, scope);
	const canonical = canonicalRequest({
		method: request.method,
		path: request.path,
		query: request.query.pairs.filter(([name]) => name !== "X-Amz-Signature"),
		headers: request.headers,
		signedHeaders: given.signedHeaders,
		payloadHash: given.payloadHash,
	});
	const toSign = stringToSign(canonical, given.amzDate, scope);
	const missing = given.signedHeaders.some((name) => !request.headers.has(name));
	if (missing || !sameSignature(sign(key, toSign), given.signature)) {
		throw signatureMismatch({
			AWSAccessKeyId: rules.accessKeyId,
			StringToSign: toSign,
			SignatureProvided: given.signature,
			StringToSignBytes: hexBytes(toSign),
			CanonicalRequest: canonical,
			CanonicalRequestBytes: hexBytes(canonical),
		});
	}
	return payloadOf(given.payloadHash, {
		key,
		amzDate: given.amzDate,
		scope,
		seed: given.signature,
	});
}
