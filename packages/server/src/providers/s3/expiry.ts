import type { Validity } from "#protocol";
import { UploadError } from "../../errors.js";
import type { CredentialReader, S3Credentials } from "./credentials.js";

/** Credentials, date and life of a signature. */
export interface SigningParameters {
	readonly credentials: S3Credentials;
	/** Whole seconds, the resolution of X-Amz-Date. */
	readonly date: Date;
	/** Seconds. */
	readonly expiresIn: number;
}

/** The ceiling of X-Amz-Expires, in seconds. */
export const longestExpiry = 604_800;

/** Seconds assumed for session credentials without an expiration: the default of a role session. */
const unknownSessionLife = 3_600;

/** Seconds by which a URL expires before its credentials. */
const safetyMargin = 60;

/**
 * Resolves the date and the life of a signature: the requested one, within the ceiling and the life of
 * the credentials.
 *
 * @throws RangeError unless `requested` is a whole number of 1..604,800 seconds.
 * @throws UploadError `storage-unavailable` where even fresh credentials end within a minute.
 */
export async function resolveExpiry(
	read: CredentialReader,
	requested: number,
	ceiling: number,
): Promise<SigningParameters> {
	if (!Number.isInteger(requested) || requested < 1 || requested > longestExpiry) {
		throw new RangeError(
			`expiresIn must be a whole number from 1 to ${longestExpiry}, not ${requested}`,
		);
	}
	for (const refresh of [false, true]) {
		const credentials = await read(refresh);
		const seconds = Math.floor(Date.now() / 1_000);
		const expiresIn = Math.min(requested, ceiling, lifeOf(credentials, seconds));
		if (expiresIn >= 1) return { credentials, date: new Date(seconds * 1_000), expiresIn };
	}
	throw new UploadError(
		"storage-unavailable",
		"The server's credentials for the storage are about to expire. Try again later.",
		{ retryAfter: 5 },
	);
}

function lifeOf({ sessionToken, expiration }: S3Credentials, now: number): number {
	if (expiration) return Math.floor(expiration.getTime() / 1_000) - now - safetyMargin;
	return sessionToken ? unknownSessionLife : longestExpiry;
}

/** The validity of a signed request. */
export function validity({ date, expiresIn }: SigningParameters): Validity {
	return { expiresIn, expiresAt: new Date(date.getTime() + expiresIn * 1_000).toISOString() };
}
