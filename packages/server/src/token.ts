import { createHash, createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import type { ChecksumAlgorithm } from "#protocol";
import { UploadError } from "./errors.js";
import type { Metadata } from "./uploads/metadata.js";
import type { Principal } from "./uploads/rule.js";

/** What a token seals: everything that a later call must not be able to change. */
export interface SealedUpload {
	readonly uploadId: string;
	/** The storage's own id; absent for single uploads. */
	readonly multipartId?: string;
	/** Where the object goes. */
	readonly key: string;
	/** The key that the client asked for, where the server made another. */
	readonly requestedKey?: string;
	/** Bytes; null while unknown. */
	readonly size: number | null;
	readonly contentType: string;
	/** Bytes; multipart uploads only. */
	readonly partSize?: number;
	/** Source of the rule's pattern. */
	readonly pattern: string;
	readonly bucket: string;
	/** {@link hashPrincipal} of who began. */
	readonly owner: string;
	/** The whole-object digest that the storage was told to expect. */
	readonly checksum?: ChecksumAlgorithm;
	/** For `onComplete`. */
	readonly metadata?: Metadata;
}

/** A token's content and its age. */
export interface OpenedToken {
	readonly upload: SealedUpload;
	/** Epoch seconds. */
	readonly expiry: number;
}

/** Seals and opens upload tokens; holds no state but the keys. */
export interface TokenSealer {
	seal(upload: SealedUpload): string;
	/**
	 * @param grace - Seconds after its expiry for which a token is still taken.
	 * @throws UploadError `invalid-request` for what is no token, `forbidden` for one that was not made
	 * here, `token-expired`.
	 */
	open(token: string, grace?: number): OpenedToken;
}

/** Seconds that a token lives, independent of its URLs: 7 days. */
export const tokenLife: number = 7 * 24 * 3600;

/** Seconds after expiry for which `/list` still takes a token: 30 days. */
export const listGrace: number = 30 * 24 * 3600;

const version = 1;
const shape = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/;
// a key may serve other ends too; this keeps their signatures apart
const purpose = "skyput upload token\n";

const now = (): number => Math.floor(Date.now() / 1000);

/** Identifies who asks without telling: no claim is in a token. */
export function hashPrincipal(principal: Principal | null): string {
	if (principal === null) return "";
	const identity = JSON.stringify([principal.iss ?? null, principal.sub]);
	return createHash("sha256").update(identity).digest("base64url").slice(0, 22);
}

/**
 * A fresh, random id for an upload; it is also the idempotency key of `onComplete`. A UUID without its
 * hyphens: stored beside 2,000 bytes of the user's metadata, those would pass S3's limit of 2,048 by one.
 */
export const newUploadId = (): string => randomUUID().replaceAll("-", "");

function sign(payload: string, secret: string): Buffer {
	return createHmac("sha256", secret).update(purpose).update(payload).digest();
}

/**
 * Makes a sealer from one secret, or from the current and the previous one while they rotate.
 *
 * @throws TypeError when a secret has fewer than 32 bytes.
 */
export function createTokenSealer(secret: string | readonly string[]): TokenSealer {
	const secrets = typeof secret === "string" ? [secret] : secret;
	const [current] = secrets;
	if (current === undefined || secrets.some((s) => Buffer.byteLength(s ?? "") < 32)) {
		throw new TypeError(
			"tokenSecret must have at least 32 bytes; make one with: openssl rand -base64 32",
		);
	}
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
