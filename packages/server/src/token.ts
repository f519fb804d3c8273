import { createHash, createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { type ChecksumAlgorithm, tokenLife } from "#protocol";
import { UploadError } from "./errors.js";
import type { Metadata } from "./uploads/metadata.js";
import type { Principal } from "./uploads/rule.js";

/**
 * Where bytes are compared with the client's digest: by the storage with a signed header, at the commit or
 * with every part, or by the server with what the storage reports.
 */
export type ChecksumStage = "signed" | "object" | "part" | "reported";

/** The content of a token: everything that later calls must not change. */
export interface SealedUpload {
	readonly uploadId: string;
	/** The storage's own id; absent for single uploads. */
	readonly multipartId?: string;
	/** The key of the object. */
	readonly key: string;
	/** The requested key, if the server made another. */
	readonly requestedKey?: string;
	/** Bytes; null while unknown. */
	readonly size: number | null;
	readonly contentType: string;
	/** Bytes; multipart uploads only. */
	readonly partSize?: number;
	/** Source of the rule's pattern. */
	readonly pattern: string;
	readonly bucket: string;
	/** {@link hashPrincipal} of the caller who began. */
	readonly owner: string;
	/** The algorithm that verifies the bytes, as in the plan. */
	readonly algorithm?: ChecksumAlgorithm;
	/** Where they are verified. */
	readonly stage?: ChecksumStage;
	/** The digest that is signed into the URL of a single upload. */
	readonly digest?: string;
	/** For `onComplete`. */
	readonly metadata?: Metadata;
}

/** A token's content and expiry. */
export interface OpenedToken {
	readonly upload: SealedUpload;
	/** Epoch seconds. */
	readonly expiry: number;
}

/** The secret of upload tokens, or the current and the previous one; `false` for no tokens at all. */
export type TokenSecret =
	| string
	| readonly [current: string | undefined, previous?: string | undefined]
	| false
	| undefined;

/** Seals and opens upload tokens. */
export interface TokenSealer {
	seal(upload: SealedUpload): string;
	/**
	 * @param grace - Seconds after its expiry for which a token is still accepted.
	 * @throws UploadError `invalid-request` for text that is no token, `forbidden` for a forged token,
	 * `token-expired`.
	 */
	open(token: string, grace?: number): OpenedToken;
}

/** Bytes of the shortest secret, in UTF-8. */
const minSecretBytes = 32;

const version = 1;
const shape = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/;
// separates these signatures from other uses of the secret
const purpose = "skyput upload token\n";

const now = (): number => Math.floor(Date.now() / 1000);

/** Identifies the caller; no claim can be read from a token. */
export function hashPrincipal(principal: Principal | null): string {
	if (principal === null) return "";
	const identity = JSON.stringify([principal.iss ?? null, principal.sub]);
	return createHash("sha256").update(identity).digest("base64url").slice(0, 22);
}

/**
 * A fresh, random id for an upload; it is also the idempotency key of `onComplete`. A UUID without its
 * hyphens: stored beside 2,000 bytes of the user's metadata, the hyphens would exceed S3's limit of 2,048 by
 * one byte.
 */
export const newUploadId = (): string => randomUUID().replaceAll("-", "");

function sign(payload: string, secret: string): Buffer {
	return createHmac("sha256", secret).update(purpose).update(payload).digest();
}

function checkSecret(secret: unknown, name: string, variable: string): string {
	const bytes = typeof secret === "string" ? Buffer.byteLength(secret) : 0;
	if (typeof secret === "string" && bytes >= minSecretBytes) return secret;
	const problem = secret === undefined ? "is undefined" : `has ${bytes} bytes`;
	throw new TypeError(
		`${name} ${problem}; at least ${minSecretBytes} bytes are needed. Set ${variable}, or the variable that you read it from, to the output of:\n  openssl rand -base64 32\nTo serve plain URLs only (GET ?key=...), pass tokenSecret: false.`,
	);
}

/**
 * Checks the option `tokenSecret`. A previous secret that is undefined or empty is ignored.
 *
 * @returns The current secret and perhaps the previous one; null for `false`.
 * @throws TypeError that names the variable to set.
 */
export function readTokenSecret(secret: TokenSecret): readonly [string, ...string[]] | null {
	if (secret === false) return null;
	const [current, previous]: readonly unknown[] = Array.isArray(secret) ? secret : [secret];
	const checked = checkSecret(current, "tokenSecret", "UPLOAD_TOKEN_SECRET");
	if (previous === undefined || previous === "") return [checked];
	return [checked, checkSecret(previous, "tokenSecret[1]", "UPLOAD_TOKEN_SECRET_PREVIOUS")];
}

/**
 * Makes a sealer.
 *
 * @param secrets - The current secret and, while it rotates, the previous one, which only opens tokens.
 */
export function createTokenSealer(secrets: readonly [string, ...string[]]): TokenSealer {
	const [current] = secrets;
	return {
		seal(upload) {
			const content = { v: version, e: now() + tokenLife, u: upload };
			const payload = Buffer.from(JSON.stringify(content)).toString("base64url");
			return `${payload}.${sign(payload, current).toString("base64url")}`;
		},
		open(token, grace = 0) {
			if (!shape.test(token))
				throw new UploadError("invalid-request", "The token is not an upload token.");
			const [payload = "", mac = ""] = token.split(".");
			const given = Buffer.from(mac, "base64url");
			const genuine = secrets.filter((s) => timingSafeEqual(sign(payload, s), given)).length > 0;
			if (!genuine) throw new UploadError("forbidden", "The token was not made by this server.");
			const content = JSON.parse(Buffer.from(payload, "base64url").toString()) as {
				readonly v: number;
				readonly e: number;
				readonly u: SealedUpload;
			};
			if (content.v !== version || content.e + grace < now()) {
				throw new UploadError(
					"token-expired",
					"The upload token has expired; start the upload again.",
				);
			}
			return { upload: content.u, expiry: content.e };
		},
	};
}
