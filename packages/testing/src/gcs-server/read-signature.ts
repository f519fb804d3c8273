import { parseAmzDate } from "../s3-server/credential-scope.js";
import type { S3Request } from "../s3-server/s3-request.js";
import { GcsError } from "./gcs-error.js";

/** A version 4 signature as the request gives it. */
export interface Signature {
	readonly algorithm: string;
	/** `id/date/location/storage/goog4_request`. */
	readonly credential: string;
	/** `yyyyMMddTHHmmssZ`. */
	readonly stamp: string;
	readonly signedHeaders: readonly string[];
	/** Hex. */
	readonly signature: string;
	readonly payloadHash: string;
}

/** A refusal that names the header or parameter that is wrong. */
export const malformed = (details: string, name?: string): GcsError =>
	new GcsError("MalformedSecurityHeader", {
		...(name === undefined ? {} : { ParameterName: name }),
		Details: details,
	});

/** Seconds: one week. */
const maxExpires = 604_800;
/** Allowed clock skew in milliseconds. */
const maxSkew = 15 * 60 * 1000;

function dateOf(stamp: string): Date {
	const date = parseAmzDate(stamp);
	if (date === undefined) throw new GcsError("InvalidArgument", { Details: "Invalid date." });
	return date;
}

function fromQuery({ query }: S3Request, now: Date): Signature {
	const value = (name: string): string => {
		const values = query.pairs.filter((pair) => pair[0] === name);
		if (values.length !== 1) throw malformed("Exactly one value is required.", name);
		return values[0]?.[1] ?? "";
	};
	const stamp = value("X-Goog-Date");
	const expires = Number(value("X-Goog-Expires"));
	if (!Number.isInteger(expires) || expires < 1 || expires > maxExpires) {
		throw new GcsError("InvalidArgument", { Details: "X-Goog-Expires is out of range." });
	}
	const start = dateOf(stamp).getTime();
	if (start > now.getTime() + maxSkew) throw new GcsError("AccessDenied");
	const end = new Date(start + expires * 1_000);
	if (end <= now) {
		throw new GcsError("ExpiredToken", {
			Details: `The provided token has expired. Request signature expired at: ${end.toISOString()}`,
		});
	}
	return {
		algorithm: value("X-Goog-Algorithm"),
		credential: value("X-Goog-Credential"),
		stamp,
		signedHeaders: value("X-Goog-SignedHeaders").split(";"),
		signature: value("X-Goog-Signature"),
		payloadHash: "UNSIGNED-PAYLOAD",
	};
}

const authorizationForm =
	/^(GOOG4-\w+-SHA256) Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$/;

function fromHeader({ headers }: S3Request, authorization: string, now: Date): Signature {
	const [, algorithm, credential, signedHeaders, signature] =
		authorizationForm.exec(authorization) ?? [];
	if (!algorithm || !credential || !signedHeaders || !signature) {
		throw malformed("The authorization header is malformed.", "Authorization");
	}
	const stamp = headers.get("x-goog-date") ?? "";
	if (Math.abs(dateOf(stamp).getTime() - now.getTime()) > maxSkew) {
		throw new GcsError("RequestTimeTooSkewed");
	}
	return {
		algorithm,
		credential,
		stamp,
		signedHeaders: signedHeaders.split(";"),
		signature,
		payloadHash: headers.get("x-goog-content-sha256") ?? "",
	};
}

/**
 * Reads the signature from the query or the header, and checks that its date is valid.
 *
 * @throws GcsError as Google documents it
 */
export function readSignature(request: S3Request, now: Date): Signature {
	const authorization = request.headers.get("authorization");
	if (authorization !== undefined) return fromHeader(request, authorization, now);
	if (request.query.has("X-Goog-Signature")) return fromQuery(request, now);
	throw new GcsError("AccessDenied");
}
