import { hash } from "node:crypto";
import type { Validity } from "#protocol";
import { canonicalHeaders, encode, encodePath } from "../sigv4.js";
import { longestExpiry, type SigningAccount } from "./account.js";
import type { GcsSettings } from "./options.js";

/** Requests that differ in their queries alone. */
export interface UnsignedUrls {
	readonly method: "PUT" | "GET";
	readonly key: string;
	/** All are signed. Lower-case names; Host is added. */
	readonly headers: Readonly<Record<string, string>>;
	/** In canonical form. Names start in lower case, so that they sort behind `X-Goog-*`. */
	readonly queries: readonly string[];
}

/** Signatures, which are appended to `url` with the query that they were made for. */
export interface SignedUrls {
	/** Up to `X-Goog-SignedHeaders`. */
	readonly url: string;
	/** In hex, one for each query. */
	readonly signatures: readonly string[];
	readonly validity: Validity;
}

/** Makes signed URLs. */
export interface GcsSigner {
	/** @throws RangeError unless `expiresIn` is a whole number of 1..604,800 seconds. */
	signUrls(urls: UnsignedUrls, expiresIn: number): Promise<SignedUrls>;
}

/**
 * Signs by version 4 of Google's signatures.
 * https://docs.cloud.google.com/storage/docs/authentication/signatures
 *
 * The host is signed without its port, as Google's own libraries sign it.
 */
export function v4Signer(settings: GcsSettings, account: SigningAccount): GcsSigner {
	const { algorithm, id } = account;
	const { bucket, publicEndpoint } = settings;

	return {
		async signUrls({ method, key, headers, queries }, requested) {
			if (!Number.isInteger(requested) || requested < 1 || requested > longestExpiry) {
				throw new RangeError(
					`expiresIn must be a whole number from 1 to ${longestExpiry}, not ${requested}`,
				);
			}
			const { seconds, stamp, scope } = signingTime();
			const expiresIn = Math.min(requested, account.maxExpiresIn);
			const { hostname: host } = new URL(publicEndpoint);
			const { names, lines } = canonicalHeaders({ ...headers, host });
			const path = `/${bucket}/${encodePath(key)}`;
			const query = `X-Goog-Algorithm=${algorithm}&X-Goog-Credential=${encode(`${id}/${scope}`)}&X-Goog-Date=${stamp}&X-Goog-Expires=${expiresIn}&X-Goog-SignedHeaders=${encode(names)}`;
			const preamble = `${algorithm}\n${stamp}\n${scope}\n`;
			// the body is not signed: it has not been read yet
			const tail = `\n${lines}\n${names}\nUNSIGNED-PAYLOAD`;
			const texts = queries.map(
				(own) =>
					preamble +
					hash("sha256", `${method}\n${path}\n${query}${own && `&${own}`}${tail}`, "hex"),
			);
			return {
				url: `${publicEndpoint}${path}?${query}`,
				signatures: await account.sign(texts, scope),
				validity: {
					expiresIn,
					expiresAt: new Date((seconds + expiresIn) * 1_000).toISOString(),
				},
			};
		},
	};
}

/** When something is signed. */
export interface SigningTime {
	/** Since the epoch. */
	readonly seconds: number;
	/** As `yyyyMMddTHHmmssZ`. */
	readonly stamp: string;
	/** Of the day. */
	readonly scope: string;
}

/** The time now. */
export function signingTime(): SigningTime {
	const seconds = Math.floor(Date.now() / 1_000);
	const stamp = new Date(seconds * 1_000).toISOString().replace(/[-:]|\.\d{3}/g, "");
	return { seconds, stamp, scope: `${stamp.slice(0, 8)}/auto/storage/goog4_request` };
}
