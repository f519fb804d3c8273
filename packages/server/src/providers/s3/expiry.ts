import type { Validity } from "#protocol";
import { UploadError } from "../../errors.js";
import type { CredentialReader, S3Credentials } from "./credentials.js";

/** Everything about a signature that is not the request. */
export interface Signing {
	readonly credentials: S3Credentials;
	/** Whole seconds: X-Amz-Date knows no finer ones. */
	readonly date: Date;
	/** Seconds. */
	readonly expiresIn: number;
}

/** The ceiling of X-Amz-Expires, in seconds. */
export const longestExpiry = 604_800;

/** Session credentials that do not say when they end: an hour is the shortest life a role session gets by default. */
const unknownSessionLife = 3_600;

/** Seconds that a URL ends before its credentials do. */
const safetyMargin = 60;

/**
 * Decides the date and the life of a signature: what was asked, within the ceiling and the life of the
 * credentials.
 *
 * @throws RangeError unless `asked` is a whole number of 1..604,800 seconds.
 * @throws UploadError `storage-unavailable` where even fresh credentials end within a minute.
 */
export async function beginSigning(
	read: CredentialReader,
	asked: number,
	ceiling: number,
): Promise<Signing> {
	if (!Number.isInteger(asked) || asked < 1 || asked > longestExpiry) {
		throw new RangeError(
			`expiresIn must be a whole number from 1 to ${longestExpiry}, not ${asked}`,
		);
	}
	for (const refresh of [false, true]) {
		const credentials = await read(refresh);
		const seconds = Math.floor(Date.now() / 1_000);
		const expiresIn = Math.min(asked, ceiling, lifeOf(credentials, seconds));
		if (expiresIn >= 1) return { credentials, date: new Date(seconds * 1_000), expiresIn };
	}
	throw new UploadError(
		"storage-unavailable",
		"The server's credentials for the storage are about to end. Try again later.",
		{ retryAfter: 5 },
	);
}

function lifeOf({ sessionToken, expiration }: S3Credentials, now: number): number {
	if (expiration) return Math.floor(expiration.getTime() / 1_000) - now - safetyMargin;
	return sessionToken ? unknownSessionLife : longestExpiry;
}

/** How long what was signed is good. */
export function validity({ date, expiresIn }: Signing): Validity {
	return { expiresIn, expiresAt: new Date(date.getTime() + expiresIn * 1_000).toISOString() };
}
