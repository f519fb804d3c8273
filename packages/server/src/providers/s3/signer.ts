import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";
import type { BucketEndpoint } from "./endpoint.js";
import type { Signing } from "./expiry.js";
import type { SignedParts, Signer, UnsignedParts, UnsignedRequest } from "./requests.js";

/** Bytes are not part of the signature: nobody has read them yet. */
const payload = "UNSIGNED-PAYLOAD";

/** Everything of a signature that does not depend on the request. */
interface Seal {
	readonly key: KeyObject;
	/** First three lines of the string to sign. */
	readonly preamble: string;
	/** `X-Amz-Algorithm` up to `X-Amz-SignedHeaders=`. */
	readonly query: string;
}

/**
 * Signs URLs by AWS Signature Version 4, in the query.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 *
 * A path is encoded once and never normalised: S3 keys may hold `//`, and a signer that resolved `..`
 * would sign for another object.
 */
export function querySigner(endpoint: BucketEndpoint, region: string): Signer {
	const signingKey = keyCache(region);

	const seal = ({ credentials, date, expiresIn }: Signing): Seal => {
		const time = date.toISOString().replace(/[-:]|\.\d{3}/g, "");
		const day = time.slice(0, 8);
		const scope = `${day}/${region}/s3/aws4_request`;
		const token = credentials.sessionToken
			? `&X-Amz-Security-Token=${encode(credentials.sessionToken)}`
			: "";
		return {
			key: signingKey(credentials.secretAccessKey, day),
			preamble: `AWS4-HMAC-SHA256\n${time}\n${scope}\n`,
			query: `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256=${payload}&X-Amz-Credential=${encode(
				`${credentials.accessKeyId}/${scope}`,
			)}&X-Amz-Date=${time}&X-Amz-Expires=${expiresIn}${token}&X-Amz-SignedHeaders=`,
		};
	};

	return {
		async sign(request: UnsignedRequest, signing: Signing): Promise<string> {
			const { key, preamble, query } = seal(signing);
			const headers = canonicalHeaders({ ...request.headers, host: endpoint.host });
			const fullQuery = `${query}${encode(headers.names)}${encodeQuery(request.query)}`;
			const path = `${endpoint.pathPrefix}${encodePath(request.key)}`;
			const canonical = `${request.method}\n${path}\n${fullQuery}\n${headers.lines}\n${headers.names}\n${payload}`;
			const signature = signText(key, preamble, canonical);
			return `${endpoint.origin}${path}?${fullQuery}&X-Amz-Signature=${signature}`;
		},

		async signParts(parts: UnsignedParts, signing: Signing): Promise<SignedParts> {
			const { key, preamble, query } = seal(signing);
			const path = `${endpoint.pathPrefix}${encodePath(parts.key)}`;
			const before = `${query}content-length%3Bhost&partNumber=`;
			const after = `&uploadId=${encode(parts.uploadId)}`;
			// built once per window: only the number, the length and the signature differ
			const head = `PUT\n${path}\n${before}`;
			const middle = `${after}\ncontent-length:`;
			const tail = `\nhost:${endpoint.host}\n\ncontent-length;host\n${payload}`;
			return {
				url: `${endpoint.origin}${path}?${before}{partNumber}${after}&X-Amz-Signature={value}`,
				values: parts.sizes.map((size, index) =>
					signText(key, preamble, `${head}${parts.first + index}${middle}${size}${tail}`),
				),
			};
		},
	};
}

function signText(key: KeyObject, preamble: string, canonical: string): string {
	return createHmac("sha256", key)
		.update(preamble + hash("sha256", canonical, "hex"))
		.digest("hex");
}

/** The key of the day, derived anew only when the secret or the (UTC) day changes. */
function keyCache(region: string): (secret: string, day: string) => KeyObject {
	let kept: { readonly secret: string; readonly day: string; readonly key: KeyObject } | undefined;
	return (secret, day) => {
		if (kept?.secret !== secret || kept.day !== day) {
			const steps = [day, region, "s3", "aws4_request"];
			const first: string | Buffer = `AWS4${secret}`;
			const derived = steps.reduce<string | Buffer>(
				(key, step) => createHmac("sha256", key).update(step).digest(),
				first,
			);
			kept = { secret, day, key: createSecretKey(derived as Buffer) };
		}
		return kept.key;
	};
}

function canonicalHeaders(headers: Readonly<Record<string, string>>): {
	readonly names: string;
	readonly lines: string;
} {
	const names = Object.keys(headers).sort();
	return {
		names: names.join(";"),
		lines: names.map((name) => `${name}:${headers[name]?.trim().replace(/\s+/g, " ")}\n`).join(""),
	};
}

/** Sorted, each with an `&` in front. */
function encodeQuery(query: Readonly<Record<string, string>>): string {
	return Object.keys(query)
		.sort()
		.map((name) => `&${encode(name)}=${encode(query[name] ?? "")}`)
		.join("");
}

/** RFC 3986: everything but letters, digits and `-._~`. */
function encode(text: string): string {
	return encodeURIComponent(text).replace(
		/[!'()*]/g,
		(character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
	);
}

function encodePath(key: string): string {
	return encode(key).replaceAll("%2F", "/");
}
