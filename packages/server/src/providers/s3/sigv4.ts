import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";

/*
 * The parts of AWS Signature Version 4 that don't depend on URLs.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */

/** The key that signs for one UTC day (`YYYYMMDD`), region and service. */
export function deriveKey(secret: string, day: string, region: string, service: string): KeyObject {
	let key: string | Buffer = `AWS4${secret}`;
	for (const step of [day, region, service, "aws4_request"]) {
		key = createHmac("sha256", key).update(step).digest();
	}
	// a KeyObject is prepared once, a Buffer at every signature
	return createSecretKey(key as Buffer);
}

/** Signs a canonical request. `preamble` is the first three lines of the string to sign. */
export function signCanonical(key: KeyObject, preamble: string, canonical: string): string {
	return createHmac("sha256", key)
		.update(preamble + hash("sha256", canonical, "hex"))
		.digest("hex");
}

/** Headers in canonical form: names sorted and joined, and one line each with its blanks folded. */
export function canonicalHeaders(headers: Readonly<Record<string, string>>): {
	readonly names: string;
	readonly lines: string;
} {
	const names = Object.keys(headers).sort();
	const line = (name: string): string =>
		`${name}:${(headers[name] ?? "").trim().replace(/\s+/g, " ")}\n`;
	return { names: names.join(";"), lines: names.map(line).join("") };
}

/** Percent-encodes everything but letters, digits and `-._~` (RFC 3986), in upper-case hex. */
export function encode(text: string): string {
	return encodeURIComponent(text).replace(
		/[!'()*]/g,
		(character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
	);
}

/** Encodes a key once and leaves its slashes and dots: S3 never normalises a path. */
export function encodePath(key: string): string {
	return encode(key).replaceAll("%2F", "/");
}

/** Query parameters in canonical form: encoded and sorted. */
export function canonicalQuery(query: Readonly<Record<string, string>>): string {
	return Object.keys(query)
		.sort()
		.map((name) => `${encode(name)}=${encode(query[name] ?? "")}`)
		.join("&");
}
