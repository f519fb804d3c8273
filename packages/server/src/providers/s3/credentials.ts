import { UploadError } from "../../errors.js";

/** Credentials in the AWS SDK's shape. */
export interface S3Credentials {
	readonly accessKeyId: string;
	readonly secretAccessKey: string;
	/** Of temporary credentials. */
	readonly sessionToken?: string | undefined;
	/** When they expire. A URL expires before that. */
	readonly expiration?: Date | undefined;
}

/**
 * Credentials, or a function that fetches them: any credential provider of the AWS SDK fits. A result
 * with an `expiration` is kept until 5 minutes before it; one without is requested for every URL, and
 * kept by the SDK for other calls. `{ forceRefresh: true }` bypasses a cache inside the function.
 */
export type CredentialSource = S3Credentials | CredentialFunction;

/** Fetches credentials. */
export type CredentialFunction = (
	options?: Readonly<Record<string, unknown>>,
) => Promise<S3Credentials>;

/** Reads usable credentials; `refresh` bypasses caches. A function also gets `options`, such as those of the SDK. */
export type CredentialReader = (
	refresh: boolean,
	options?: Readonly<Record<string, unknown>>,
) => Promise<S3Credentials>;

/** Milliseconds before expiry at which new ones are fetched, as by the SDK. */
const renewalMargin = 300_000;

/** Creates a reader of the source, else of the environment and the SDK's chain. */
export function credentialReader(
	source: CredentialSource | undefined,
	chain: CredentialFunction,
): CredentialReader {
	if (typeof source === "object") return async () => source;
	if (source !== undefined) return cached(source, "Its option credentials failed: see the log.");
	const fromChain = cached(chain, howToSet);
	return async (...how) => environmentCredentials() ?? fromChain(...how);
}

const howToSet =
	"Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, where it runs, or give it a role.";

/** @param advice - What to do where `fetch` fails. */
function cached(fetch: CredentialFunction, advice: string): CredentialReader {
	let kept: S3Credentials | undefined;
	let pending: Promise<S3Credentials> | undefined;
	const renew: CredentialReader = async (refresh, options) => {
		try {
			const fresh = checked(await fetch({ ...options, ...(refresh && { forceRefresh: true }) }));
			kept = fresh.expiration ? fresh : undefined;
			return fresh;
		} catch (cause) {
			throw new UploadError(
				"storage-unavailable",
				`The server has no credentials for the storage at the moment. ${advice}`,
				{ cause, retryAfter: 5 },
			);
		}
	};
	return async (refresh, options) => {
		const fresh = kept?.expiration && kept.expiration.getTime() - Date.now() > renewalMargin;
		if (kept && fresh && !refresh) return kept;
		// concurrent callers share one call
		pending ??= renew(refresh, options).finally(() => {
			pending = undefined;
		});
		return pending;
	};
}

function checked(credentials: S3Credentials): S3Credentials {
	if (credentials?.accessKeyId && credentials.secretAccessKey) return credentials;
	throw new TypeError("The credential function returned no accessKeyId and secretAccessKey");
}

/**
 * The credentials that the SDK would find in the environment, without loading it. As in the SDK,
 * `AWS_PROFILE` comes first; it is left to the chain.
 */
function environmentCredentials(): S3Credentials | undefined {
	const { env } = process;
	const accessKeyId = env["AWS_ACCESS_KEY_ID"];
	const secretAccessKey = env["AWS_SECRET_ACCESS_KEY"];
	if (!accessKeyId || !secretAccessKey || env["AWS_PROFILE"]) return undefined;
	const expiration = new Date(env["AWS_CREDENTIAL_EXPIRATION"] ?? Number.NaN);
	return {
		accessKeyId,
		secretAccessKey,
		sessionToken: env["AWS_SESSION_TOKEN"] || undefined,
		expiration: Number.isNaN(expiration.getTime()) ? undefined : expiration,
	};
}
