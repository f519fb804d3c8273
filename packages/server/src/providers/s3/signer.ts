import type { KeyObject } from "node:crypto";
import {
	canonicalHeaders,
	canonicalQuery,
	deriveKey,
	encode,
	encodePath,
	signCanonical,
} from "../sigv4.js";
import type { S3Credentials } from "./credentials.js";
import type { BucketEndpoint } from "./endpoint.js";
import type { SigningParameters } from "./expiry.js";
import type { SignedParts, Signer, UnsignedParts, UnsignedRequest } from "./requests.js";

/** The body is not signed: it has not been read yet. */
const payload = "UNSIGNED-PAYLOAD";

/** The values shared by all signatures of one day with the same credentials. */
interface DailyKey {
	readonly credentials: S3Credentials;
	readonly day: string;
	readonly key: KeyObject;
	readonly scope: string;
	/** `X-Amz-Credential`, encoded. */
	readonly credential: string;
	/** `X-Amz-Security-Token` with its `&`, encoded; empty without one. */
	readonly token: string;
}

/** The values shared by all signatures with the same date. */
interface SigningContext {
	readonly key: KeyObject;
	/** First three lines of the string to sign. */
	readonly preamble: string;
	/** `X-Amz-Algorithm` up to `X-Amz-SignedHeaders=`, in canonical order. */
	readonly query: string;
}

/**
 * Signs URLs by AWS Signature Version 4, in the query.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 *
 * A path is encoded once and never normalised: resolving `..` would sign for another object than the authorized
 * one.
 *
 * @param endpoint for whole objects
 * @param region of the credential scope
 * @param partEndpoints other host names of the bucket, for parts in turn with the first
 */
export function querySigner(
	endpoint: BucketEndpoint,
	region: string,
	partEndpoints: readonly BucketEndpoint[] = [],
): Signer {
	const dailyKey = dailyKeys(region);
	const endpoints = [endpoint, ...partEndpoints];
	const pathOf = ({ pathPrefix }: BucketEndpoint, key: string): string =>
		`${pathPrefix}${encodePath(key)}`;

	const contextOf = ({ credentials, date, expiresIn }: SigningParameters): SigningContext => {
		const time = date.toISOString().replace(/[-:]|\.\d{3}/g, "");
		const { key, scope, credential, token } = dailyKey(credentials, time.slice(0, 8));
		return {
			key,
			preamble: `AWS4-HMAC-SHA256\n${time}\n${scope}\n`,
			query: `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256=${payload}&X-Amz-Credential=${credential}&X-Amz-Date=${time}&X-Amz-Expires=${expiresIn}${token}&X-Amz-SignedHeaders=`,
		};
	};

	return {
		async sign(request: UnsignedRequest, signing: SigningParameters): Promise<string> {
			const { key, preamble, query } = contextOf(signing);
			const headers = canonicalHeaders({ ...request.headers, host: endpoint.host });
			const path = pathOf(endpoint, request.key);
			const own = canonicalQuery(request.query);
			const fullQuery = `${query}${encode(headers.names)}${own && `&${own}`}`;
			const canonical = `${request.method}\n${path}\n${fullQuery}\n${headers.lines}\n${headers.names}\n${payload}`;
			const signature = signCanonical(key, preamble, canonical);
			return `${endpoint.origin}${path}?${fullQuery}&X-Amz-Signature=${signature}`;
		},

		async signParts(parts: UnsignedParts, signing: SigningParameters): Promise<SignedParts> {
			const { key, preamble, query } = contextOf(signing);
			const before = `${query}content-length%3Bhost&partNumber=`;
			const after = `&uploadId=${encode(parts.uploadId)}`;
			const middle = `${after}\ncontent-length:`;
			const only = parts.host === undefined ? undefined : endpoints[parts.host];
			// built once per window: only the number, the length and the signature differ
			const names = (only ? [only] : endpoints).map((name) => {
				const path = pathOf(name, parts.key);
				return {
					url: `${name.origin}${path}?${before}{partNumber}${after}&X-Amz-Signature={value}`,
					head: `PUT\n${path}\n${before}`,
					tail: `\nhost:${name.host}\n\ncontent-length;host\n${payload}`,
				};
			});
			return {
				urls: names.map(({ url }) => url),
				values: parts.sizes.map((size, index) => {
					const partNumber = parts.first + index;
					const { head, tail } = names[partNumber % names.length] ?? { head: "", tail: "" };
					return signCanonical(key, preamble, `${head}${partNumber}${middle}${size}${tail}`);
				}),
			};
		},
	};
}

/** Derives a new key only when the credentials or the UTC day change. */
function dailyKeys(region: string): (credentials: S3Credentials, day: string) => DailyKey {
	let kept: DailyKey | undefined;
	return (credentials, day) => {
		if (kept?.day === day && same(kept.credentials, credentials)) return kept;
		const { accessKeyId, secretAccessKey, sessionToken } = credentials;
		const scope = `${day}/${region}/s3/aws4_request`;
		kept = {
			credentials: { ...credentials },
			day,
			key: deriveKey(`AWS4${secretAccessKey}`, scope),
			scope,
			credential: encode(`${accessKeyId}/${scope}`),
			token: sessionToken ? `&X-Amz-Security-Token=${encode(sessionToken)}` : "",
		};
		return kept;
	};
}

// compare values: the environment returns a new object every time
function same(a: S3Credentials, b: S3Credentials): boolean {
	return (
		a.secretAccessKey === b.secretAccessKey &&
		a.accessKeyId === b.accessKeyId &&
		a.sessionToken === b.sessionToken
	);
}
