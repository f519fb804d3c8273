import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";

/*
 * The parts of Signature Version 4 that AWS and Google have in common.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * https://docs.cloud.google.com/storage/docs/authentication/signatures
 */

/**
 * The key that signs for one scope.
 *
 * @param secret - Starts with `AWS4` or `GOOG4`.
 * @param scope - The UTC day (`YYYYMMDD`), region, service and terminator, joined by slashes.
 */
export function deriveKey(secret: string, scope: string): KeyObject {
	let key: string | Buffer = secret;
	for (const step of scope.split("/")) key = createHmac("sha256", key).update(step).digest();
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

/** Encodes a key once and leaves its slashes and dots: neither storage normalises a path. */
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
