import {
	createHmac,
	createSecretKey,
	type KeyObject,
	randomUUID,
	timingSafeEqual,
} from "node:crypto";
import { type ChecksumAlgorithm, tokenLife, uploadLife } from "#protocol";
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
	/** Whether the object is stored at its quarantine key until it was processed. */
	readonly quarantined?: boolean;
	/** The requested key, if the server made another. */
	readonly requestedKey?: string;
	/** Bytes; null while unknown. */
	readonly size: number | null;
	readonly contentType: string;
	/** Bytes; multipart uploads only. */
	readonly partSize?: number;
	/** Source of the rule's pattern. */
	readonly pattern: string;
	/** Id of the provider; with the bucket it identifies the storage. */
	readonly provider: string;
	readonly bucket: string;
	/** Of the caller who began, by {@link TokenSealer.ownerOf}. */
	readonly owner: string;
	/** Epoch seconds: when the upload began. */
	readonly begun: number;
	/** The algorithm that verifies the bytes, as in the plan. */
	readonly algorithm?: ChecksumAlgorithm;
	/** Where they are verified. */
	readonly stage?: ChecksumStage;
	/** The digest that is signed into the URL of a single upload. */
	readonly digest?: string;
	/** The output of the rule's schema. */
	readonly metadata?: Metadata;
}

/** A token's content and expiry. */
export interface OpenedToken {
	readonly upload: SealedUpload;
	/** Epoch seconds. */
	readonly expiry: number;
	/** Whether this caller began the upload. */
	readonly isOwnedBy: (principal: Principal | null) => boolean;
}

/** The secret of upload tokens, or the current and the previous one; `false` for no tokens at all. */
export type TokenSecret =
	| string
	| readonly [current: string | undefined, previous?: string | undefined]
	| false
	| undefined;

/** Seals and opens upload tokens. */
export interface TokenSealer {
	/** Identifies a caller: a keyed hash, from which no claim can be read or guessed. */
	ownerOf(principal: Principal | null): string;
	/** @throws UploadError `invalid-request` where a token would be too long. */
	seal(upload: SealedUpload): string;
	/**
	 * @param grace - Seconds after its expiry for which a token is still accepted.
	 * @throws UploadError `token-expired`, also for text that is no token or that another secret made, and 30 days
	 * after the upload began.
	 */
	open(token: string, grace?: number): OpenedToken;
}

/** Bytes of the shortest secret, in UTF-8. */
const minSecretBytes = 32;

const version = 2;
/** Characters of the longest token. */
const maxTokenLength = 7000;
const shape = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/;
// separates these signatures from other uses of the secret
const purpose = "skyput upload token\n";

const now = (): number => Math.floor(Date.now() / 1000);

function hashOwner(principal: Principal | null, secret: KeyObject): string {
	if (principal === null) return "";
	const identity = JSON.stringify([principal.iss ?? null, principal.sub]);
	const hash = createHmac("sha256", secret).update("skyput upload owner\n").update(identity);
	return hash.digest("base64url").slice(0, 22);
}

/** The error of a token that would be too long. */
function tooLong(upload: SealedUpload): UploadError {
	const lengths = Object.entries(upload).map(
		([name, value]) => [name, JSON.stringify(value)?.length ?? 0] as const,
	);
	const [name, length] = lengths.reduce((a, b) => (b[1] > a[1] ? b : a));
	return new UploadError(
		"invalid-request",
		`The upload's token would be longer than ${maxTokenLength} characters; ${name} has ${length}. Shorten it.`,
		{ values: { name, length, limit: maxTokenLength } },
	);
}

/**
 * A fresh, random id for an upload; it is also the idempotency key of `onComplete`. A UUID without its
 * hyphens: stored beside 2,000 bytes of the user's metadata, the hyphens would exceed S3's limit of 2,048 by
 * one byte.
 */
export const newUploadId = (): string => randomUUID().replaceAll("-", "");

function sign(payload: string, secret: KeyObject): Buffer {
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
export function createTokenSealer([first, ...previous]: readonly [
	string,
	...string[],
]): TokenSealer {
	// an HMAC with a key object costs half of one with a string
	const toKey = (secret: string): KeyObject => createSecretKey(Buffer.from(secret));
	const current = toKey(first);
	const secrets = [current, ...previous.map(toKey)];
	return {
		ownerOf: (principal) => hashOwner(principal, current),
		seal(upload) {
			const expiry = Math.min(now() + tokenLife, upload.begun + uploadLife);
			const content = { v: version, e: expiry, u: upload };
			const payload = Buffer.from(JSON.stringify(content)).toString("base64url");
			const token = `${payload}.${sign(payload, current).toString("base64url")}`;
			if (token.length > maxTokenLength) throw tooLong(upload);
			return token;
		},
		open(token, grace = 0) {
			const [payload = "", mac = ""] = token.split(".", 2);
			const given = Buffer.from(mac.slice(0, 43), "base64url");
			// the last character of a seal has two spare bits: only one spelling is accepted
			const isToken = token.length <= maxTokenLength && shape.test(token);
			if (!isToken || given.toString("base64url") !== mac) {
				const message = "The token is cut off, or no upload token at all; start the upload again.";
				throw new UploadError("token-expired", message);
			}
			const [secret] = secrets.filter((s) => timingSafeEqual(sign(payload, s), given));
			if (secret === undefined) {
				throw new UploadError(
					"token-expired",
					"This server did not make the token, or its secret has changed; start the upload again.",
				);
			}
			const content = JSON.parse(Buffer.from(payload, "base64url").toString()) as {
				readonly v: number;
				readonly e: number;
				readonly u: SealedUpload;
			};
			const end = Math.min(content.e + grace, content.u.begun + uploadLife);
			if (content.v !== version || end < now()) {
				throw new UploadError(
					"token-expired",
					"The upload token has expired; start the upload again.",
				);
			}
			const isOwnedBy = (principal: Principal | null): boolean =>
				content.u.owner === hashOwner(principal, secret);
			return { upload: content.u, expiry: content.e, isOwnedBy };
		},
	};
}
