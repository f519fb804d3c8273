import { parseAmzDate, type SigningScope } from "./credential-scope.js";
import { S3Error } from "./s3-error.js";
import type { S3Request } from "./s3-request.js";

/** A signature as the request gives it. */
export interface Signature extends SigningScope {
	readonly signedHeaders: readonly string[];
	readonly signature: string;
	readonly payloadHash: string;
}

const queryParameters = [
	"X-Amz-Algorithm",
	"X-Amz-Credential",
	"X-Amz-Date",
	"X-Amz-Expires",
	"X-Amz-SignedHeaders",
	"X-Amz-Signature",
];

/** Seconds: one week. */
const maxExpires = 604_800;
/** Allowed clock skew in milliseconds. */
const maxSkew = 15 * 60 * 1000;

const queryError = (message: string): S3Error =>
	new S3Error("AuthorizationQueryParametersError", message);

const denied = (message: string, details?: Readonly<Record<string, string | number>>): S3Error =>
	new S3Error("AccessDenied", message, details);

/** Checks the validity period of a presigned URL. */
function checkValidity(expires: string, amzDate: string, now: Date): void {
	const start = parseAmzDate(amzDate);
	if (start === undefined) {
		throw queryError("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
	}
	const seconds = Number(expires);
	if (expires === "" || !Number.isInteger(seconds)) {
		throw queryError("X-Amz-Expires should be a number");
	}
	if (seconds < 0) throw queryError("X-Amz-Expires must be non-negative");
	if (seconds > maxExpires) {
		throw queryError(
			"X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
		);
	}
	if (start.getTime() > now.getTime() + maxSkew) throw denied("Request is not yet valid");
	const end = new Date(start.getTime() + seconds * 1000);
	if (end <= now) {
		throw denied("Request has expired", {
			"X-Amz-Expires": seconds,
			Expires: end.toISOString(),
			ServerTime: now.toISOString(),
		});
	}
}

function fromQuery({ query, headers }: S3Request, now: Date): Signature {
	const value = (name: string): string => {
		const values = query.pairs.filter((pair) => pair[0] === name);
		if (values.length !== 1) {
			throw queryError(
				"Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
			);
		}
		return values[0]?.[1] ?? "";
	};
	for (const name of queryParameters) value(name);
	if (value("X-Amz-Algorithm") !== "AWS4-HMAC-SHA256") {
		throw queryError('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"');
	}
	checkValidity(value("X-Amz-Expires"), value("X-Amz-Date"), now);
	const signedHeaders = value("X-Amz-SignedHeaders").split(";");
	// AWS ignores the header where it is not signed
	const inHeader = signedHeaders.includes("x-amz-content-sha256")
		? headers.get("x-amz-content-sha256")
		: undefined;
	return {
		credential: value("X-Amz-Credential"),
		amzDate: value("X-Amz-Date"),
		signedHeaders,
		signature: value("X-Amz-Signature"),
		payloadHash: query.get("X-Amz-Content-Sha256") ?? inHeader ?? "UNSIGNED-PAYLOAD",
	};
}

const authorizationForm =
	/^AWS4-HMAC-SHA256\s+Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]+)$/;

function fromHeader({ headers }: S3Request, authorization: string, now: Date): Signature {
	if (!authorization.startsWith("AWS4-HMAC-SHA256")) throw unsupportedMechanism();
	const [, credential, signedHeaders, signature] = authorizationForm.exec(authorization) ?? [];
	if (credential === undefined || signedHeaders === undefined || signature === undefined) {
		throw new S3Error("AuthorizationHeaderMalformed", "The authorization header is malformed.");
	}
	const payloadHash = headers.get("x-amz-content-sha256");
	if (payloadHash === undefined) {
		throw new S3Error(
			"InvalidRequest",
			"Missing required header for this request: x-amz-content-sha256",
		);
	}
	const amzDate = headers.get("x-amz-date") ?? "";
	const date = parseAmzDate(amzDate);
	if (date === undefined) {
		throw denied("AWS authentication requires a valid Date or x-amz-date header");
	}
	if (Math.abs(date.getTime() - now.getTime()) > maxSkew) {
		throw new S3Error(
			"RequestTimeTooSkewed",
			"The difference between the request time and the current time is too large.",
			{
				RequestTime: amzDate,
				ServerTime: now.toISOString(),
				MaxAllowedSkewMilliseconds: maxSkew,
			},
		);
	}
	return { credential, amzDate, signedHeaders: signedHeaders.split(";"), signature, payloadHash };
}

function unsupportedMechanism(): S3Error {
	return new S3Error(
		"InvalidRequest",
		"The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
	);
}

/**
 * Reads the signature from the query or the header, and checks that its date is valid.
 *
 * @throws S3Error as AWS answers
 */
export function readSignature(request: S3Request, now: Date): Signature {
	const authorization = request.headers.get("authorization");
	const inQuery = queryParameters.some((name) => request.query.has(name));
	if (authorization !== undefined && inQuery) {
		throw new S3Error(
			"InvalidArgument",
			"Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
			{ ArgumentName: "Authorization", ArgumentValue: authorization.split(" ")[0] ?? "" },
		);
	}
	if (authorization !== undefined) return fromHeader(request, authorization, now);
	if (inQuery) return fromQuery(request, now);
	// signature version 2, which AWS refuses for new buckets
	if (request.query.has("AWSAccessKeyId")) throw unsupportedMechanism();
	throw denied("Access Denied");
}
