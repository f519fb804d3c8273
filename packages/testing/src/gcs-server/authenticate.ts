import { createHmac, hash, verify } from "node:crypto";
import type { S3Request } from "../s3-server/s3-request.js";
import { canonicalRequest, sameSignature } from "../s3-server/signature.js";
import { GcsError } from "./gcs-error.js";
import type { GcsAccounts } from "./gcs-state.js";
import { malformed, readSignature, type Signature } from "./read-signature.js";

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
	const given = readSignature(request, now);
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
