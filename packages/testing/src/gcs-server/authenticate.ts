import { createHmac, hash, verify } from "node:crypto";
import { parseAmzDate } from "../s3-server/credential-scope.js";
import type { S3Request } from "../s3-server/s3-request.js";
import { canonicalRequest, sameSignature } from "../s3-server/signature.js";
import { GcsError } from "./gcs-error.js";
import type { GcsAccounts } from "./gcs-state.js";

/** A version 4 signature as the request gives it. */
interface Signature {
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

const malformed = (details: string, name?: string): GcsError =>
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

/** The host is signed without its port. */
function signedHeaderValues(request: S3Request): ReadonlyMap<string, string> {
	const host = (request.headers.get("host") ?? "").replace(/:\d+$/, "");
	return new Map([...request.headers, ["host", host]]);
}

/** Every extension header must be signed, and every signed header must be sent. */
function checkHeaders({ headers }: S3Request, signedHeaders: readonly string[]): void {
	if (!signedHeaders.includes("host")) throw malformed("The host header must be signed.", "host");
	for (const name of signedHeaders) {
		if (headers.has(name)) continue;
		throw malformed("Header was included in signedheaders, but not in the request.", name);
	}
	for (const name of headers.keys()) {
		if (!name.startsWith("x-goog-") || signedHeaders.includes(name)) continue;
		throw malformed("Header was not included in signedheaders.", name);
	}
}

/** Whether the signature is that of the account for the text. */
function isSignedBy(accounts: GcsAccounts, given: Signature, text: string): boolean {
	const parts = given.credential.split("/");
	const id = parts.slice(0, -4).join("/");
	const scope = parts.slice(-4);
	const [day, , service, terminal] = scope;
	const knowsScope =
		day === given.stamp.slice(0, 8) && service === "storage" && terminal === "goog4_request";
	if (!knowsScope) throw new GcsError("InvalidArgument", { Details: "Invalid credential scope." });
	if (given.algorithm === "GOOG4-RSA-SHA256" && id === accounts.clientEmail) {
		const signature = Buffer.from(given.signature, "hex");
		return verify("sha256", Buffer.from(text, "latin1"), accounts.publicKey, signature);
	}
	if (given.algorithm !== "GOOG4-HMAC-SHA256" || id !== accounts.accessId) {
		throw new GcsError("InvalidSecurity");
	}
	const key = scope.reduce<Buffer>(
		(before, step) => createHmac("sha256", before).update(step).digest(),
		Buffer.from(`GOOG4${accounts.secret}`),
	);
	return sameSignature(createHmac("sha256", key).update(text).digest("hex"), given.signature);
}

/**
 * Verifies a signed URL, a signed header or an access token before the body is read.
 *
 * @returns the payload hash that was signed
 * @throws GcsError as Google documents it
 */
export function authenticate(request: S3Request, accounts: GcsAccounts, now: Date): string {
	const { headers, query, method } = request;
	if ([...headers.keys()].some((name) => name.startsWith("x-amz-"))) {
		throw new GcsError("ExcessHeaderValues");
	}
	const authorization = headers.get("authorization");
	if (authorization?.startsWith("Bearer ")) {
		if (authorization === `Bearer ${accounts.token}`) return "UNSIGNED-PAYLOAD";
		throw new GcsError("AuthenticationRequired");
	}
	const inQuery = query.has("X-Goog-Signature");
	if (authorization === undefined && !inQuery) throw new GcsError("AccessDenied");
	const given =
		authorization === undefined ? fromQuery(request, now) : fromHeader(request, authorization, now);
	checkHeaders(request, given.signedHeaders);
	const canonical = canonicalRequest({
		method,
		path: request.path,
		query: query.pairs.filter(([name]) => name !== "X-Goog-Signature"),
		headers: signedHeaderValues(request),
		signedHeaders: given.signedHeaders,
		payloadHash: given.payloadHash,
	});
	const scope = given.credential.split("/").slice(-4).join("/");
	const digest = hash("sha256", Buffer.from(canonical, "latin1"));
	const text = `${given.algorithm}\n${given.stamp}\n${scope}\n${digest}`;
	if (!isSignedBy(accounts, given, text)) {
		throw new GcsError("SignatureDoesNotMatch", {
			StringToSign: text,
			CanonicalRequest: canonical,
		});
	}
	// "Signed URLs can only be used for POST requests that initiate a resumable upload"
	if (authorization === undefined && method === "POST") throw new GcsError("AccessDenied");
	return given.payloadHash;
}
