import { createHmac, type KeyObject, sign as signBytes } from "node:crypto";
import { promisify } from "node:util";
import { UploadError } from "../../errors.js";
import { deriveKey } from "../sigv4.js";
import type { GcsCredentials } from "./options.js";

const signAsync = promisify(signBytes);

/** Who signs, and how. */
export interface SigningAccount {
	/** A service account's e-mail address, or the access id of an HMAC key. */
	readonly id: string;
	readonly algorithm: "GOOG4-RSA-SHA256" | "GOOG4-HMAC-SHA256";
	/** The most parts to sign at once. */
	readonly maxWindow: number;
	/** Seconds. */
	readonly maxExpiresIn: number;
	/**
	 * Signs the strings of one scope.
	 *
	 * @param scope - `day/auto/storage/goog4_request`.
	 * @returns Their signatures in hex.
	 */
	sign(texts: readonly string[], scope: string): Promise<readonly string[]>;
	/** An OAuth access token for the server's own calls; absent: they are signed. */
	readonly getToken?: (() => Promise<string>) | undefined;
}

/** The ceiling of X-Goog-Expires, in seconds. */
export const longestExpiry = 604_800;

/**
 * Google rotates the keys that `signBlob` uses, so a signature is sure for 12 hours only.
 * https://docs.cloud.google.com/storage/docs/authentication/creating-signatures
 */
const longestRemoteExpiry = 43_200;

/** Each signature of `signBlob` is a network call. */
const remoteWindow = 8;

/**
 * Makes the account that signs.
 *
 * @param key - The parsed `private_key`, where there is one.
 */
export function signingAccount(
	credentials: GcsCredentials,
	key: KeyObject | undefined,
): SigningAccount {
	if ("secret" in credentials) return hmacAccount(credentials.accessId, credentials.secret);
	const { client_email: id, getToken } = credentials;
	const account = { id, algorithm: "GOOG4-RSA-SHA256", getToken } as const;
	if (key !== undefined) {
		const { modulusLength = 2_048 } = key.asymmetricKeyDetails ?? {};
		return {
			...account,
			// a reply stays under 100 kB
			maxWindow: Math.floor(90_000 / (modulusLength / 4 + 3)),
			maxExpiresIn: longestExpiry,
			// by the thread pool: a signature takes about half a millisecond
			sign: (texts) =>
				Promise.all(
					texts.map(async (text) =>
						(await signAsync("sha256", Buffer.from(text), key)).toString("hex"),
					),
				),
		};
	}
	const { sign } = credentials as Extract<GcsCredentials, { sign: unknown }>;
	return {
		...account,
		maxWindow: remoteWindow,
		maxExpiresIn: longestRemoteExpiry,
		sign: (texts) => Promise.all(texts.map((text) => signRemotely(sign, text))),
	};
}

function hmacAccount(id: string, secret: string): SigningAccount {
	let kept: { readonly scope: string; readonly key: KeyObject } | undefined;
	return {
		id,
		algorithm: "GOOG4-HMAC-SHA256",
		maxWindow: 1_000,
		maxExpiresIn: longestExpiry,
		async sign(texts, scope) {
			// the scope changes with the UTC day
			if (kept?.scope !== scope) kept = { scope, key: deriveKey(`GOOG4${secret}`, scope) };
			const { key } = kept;
			return texts.map((text) => createHmac("sha256", key).update(text).digest("hex"));
		},
	};
}

async function signRemotely(
	sign: (bytes: Uint8Array) => Promise<Uint8Array | string>,
	text: string,
): Promise<string> {
	try {
		const signature = await sign(Buffer.from(text));
		return (
			typeof signature === "string" ? Buffer.from(signature, "base64") : Buffer.from(signature)
		).toString("hex");
	} catch (cause) {
		throw unavailable("sign threw", cause);
	}
}

/** @param what - What a function of the credentials did, for the log. */
export function unavailable(what: string, cause?: unknown): UploadError {
	return new UploadError(
		"storage-unavailable",
		"The server could not sign the request. Try again.",
		{ cause, reason: `credentials.${what}`, retryAfter: 1 },
	);
}
