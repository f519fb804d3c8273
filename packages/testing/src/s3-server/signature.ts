import { createHmac, hash, timingSafeEqual } from "node:crypto";
import { S3Error } from "./s3-error.js";

/** The parts of a request that a version 4 signature covers. */
export interface SignedParts {
	readonly method: string;
	/** Decoded once. */
	readonly path: string;
	/** Decoded once, without the signature itself. */
	readonly query: readonly (readonly [name: string, value: string])[];
	readonly headers: ReadonlyMap<string, string>;
	/** Lower-case names in the order of `SignedHeaders`. */
	readonly signedHeaders: readonly string[];
	/** Hex, or a placeholder such as `UNSIGNED-PAYLOAD`. */
	readonly payloadHash: string;
}

const percent = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;

/** RFC 3986: everything but letters, digits and `-._~` becomes percent-encoded UTF-8. */
const encode = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, percent);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The canonical request. Unlike other services, S3 encodes the path once and does not normalise it
 * ("Signature Calculations for the Authorization Header", Amazon S3 API Reference).
 */
export function canonicalRequest(parts: SignedParts): string {
	const query = parts.query
		.map(([name, value]) => [encode(name), encode(value)] as const)
		.sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
		.map(([name, value]) => `${name}=${value}`)
		.join("&");
	const headers = parts.signedHeaders.map(
		(name) => `${name}:${(parts.headers.get(name) ?? "").trim().replace(/ +/g, " ")}\n`,
	);
	return [
		parts.method,
		parts.path.split("/").map(encode).join("/"),
		query,
		headers.join(""),
		parts.signedHeaders.join(";"),
		parts.payloadHash,
	].join("\n");
}

/** `scope` is `date/region/service/aws4_request`. Header values are hashed as Latin-1, the bytes received. */
export function stringToSign(canonical: string, amzDate: string, scope: string): string {
	const digest = hash("sha256", Buffer.from(canonical, "latin1"));
	return `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${digest}`;
}

/** The signing key of one scope. */
export function signingKey(secretAccessKey: string, scope: string): Buffer {
	return scope
		.split("/")
		.reduce<Buffer>(
			(key, part) => createHmac("sha256", key).update(part).digest(),
			Buffer.from(`AWS4${secretAccessKey}`),
		);
}

export function sign(key: Buffer, text: string): string {
	return createHmac("sha256", key).update(text).digest("hex");
}

/** Compares in constant time. */
export function sameSignature(expected: string, given: string): boolean {
	const [a, b] = [Buffer.from(expected), Buffer.from(given)];
	return a.length === b.length && timingSafeEqual(a, b);
}

/** Bytes in hex, separated by spaces. */
export const hexBytes = (text: string): string =>
	Buffer.from(text, "latin1")
		.toString("hex")
		.replace(/..(?!$)/g, "$& ");

/** @param details what was signed, as AWS returns it */
export function signatureMismatch(details: Readonly<Record<string, string>> = {}): S3Error {
	return new S3Error(
		"SignatureDoesNotMatch",
		"The request signature we calculated does not match the signature you provided. Check your key and signing method.",
		details,
	);
}
