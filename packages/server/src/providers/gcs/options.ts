import { createPrivateKey, type KeyObject } from "node:crypto";
import type { CapabilityCorrections } from "../../capabilities.js";
import { gcsCapabilities } from "./capabilities.js";

/**
 * What signs the URLs and the server's own calls, in Google's names: a service account's key file, an HMAC key
 * of the interoperability settings, or a function that has a service account sign.
 */
export type GcsCredentials =
	| {
			/** The service account's e-mail address. */
			readonly client_email: string;
			/** Its RSA key in PEM; `\n` may be escaped, as in environment variables. */
			readonly private_key: string;
			/** An OAuth access token for the server's own calls. @default they are signed with the key */
			readonly getToken?: (() => Promise<string>) | undefined;
	  }
	| {
			readonly accessId: string;
			readonly secret: string;
	  }
	| {
			/** The e-mail address of the service account that signs. */
			readonly client_email: string;
			/**
			 * Signs with RSA and SHA-256, as `signBlob` of the IAM Credentials API does.
			 *
			 * @param bytes - What to sign.
			 * @returns The signature, or its base64.
			 */
			readonly sign: (bytes: Uint8Array) => Promise<Uint8Array | string>;
			/** An OAuth access token with the scope `devstorage.read_write`, for the server's own calls. */
			readonly getToken: () => Promise<string>;
	  };

/** Options of {@link gcsProvider}. */
export interface GcsProviderOptions {
	/** The bucket's name. Required; undefined throws. */
	readonly bucket: string | undefined;
	/** Required: there is no default chain. A parsed key file can be given as it is. */
	readonly credentials: GcsCredentials;
	/**
	 * Base URL of the XML API, without the bucket.
	 *
	 * @default "https://storage.googleapis.com"
	 */
	readonly endpoint?: string | undefined;
	/**
	 * Base URL by which clients reach the same service, where the server reaches it by another name. Signed URLs
	 * have it; the server's own calls go to `endpoint`.
	 *
	 * @default `endpoint`
	 */
	readonly publicEndpoint?: string | undefined;
	/**
	 * Corrects single capabilities, for example as measured on the real bucket.
	 *
	 * @default what Google documents
	 */
	readonly capabilities?: CapabilityCorrections | undefined;
}

/** Checked options, with every default. */
export interface GcsSettings {
	readonly bucket: string;
	readonly credentials: GcsCredentials;
	/** The parsed `private_key`, where there is one. */
	readonly key: KeyObject | undefined;
	/** An origin, like {@link publicEndpoint}. */
	readonly endpoint: string;
	readonly publicEndpoint: string;
}

const known: readonly string[] = [
	"bucket",
	"credentials",
	"endpoint",
	"publicEndpoint",
	"capabilities",
];

/**
 * Checks the options.
 *
 * @throws TypeError that names every wrong option at once, without a secret.
 */
export function readSettings(options: GcsProviderOptions): GcsSettings {
	const { bucket, credentials, endpoint = "https://storage.googleapis.com" } = options;
	const { publicEndpoint = endpoint } = options;
	const problems = [
		...unknownNames(options, known),
		...unknownCapabilities(options.capabilities ?? {}, gcsCapabilities),
	];
	// https://docs.cloud.google.com/storage/docs/buckets#naming
	if (typeof bucket !== "string" || !/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(bucket)) {
		problems.push(`bucket must be a bucket's name, not ${JSON.stringify(bucket)}`);
	}
	for (const [name, url] of Object.entries({ endpoint, publicEndpoint })) {
		const problem = endpointProblem(url, bucket);
		if (problem !== null) problems.push(`${name} ${problem}`);
	}
	const { key, problem } = readCredentials(credentials);
	if (problem !== undefined) problems.push(`credentials ${problem}`);
	if (problems.length > 0) throw new TypeError(`gcsProvider: ${[...new Set(problems)].join("; ")}`);
	return {
		bucket: bucket as string,
		credentials,
		key,
		endpoint: new URL(endpoint).origin,
		publicEndpoint: new URL(publicEndpoint).origin,
	};
}

function unknownNames(given: object, names: readonly string[]): string[] {
	const unknown = Object.keys(given).filter((name) => !names.includes(name));
	return unknown.map((name) => `${name} is unknown; there is ${names.join(", ")}`);
}

/** Names of capabilities, and of the entries in each, that there are none of. */
function unknownCapabilities(given: object, known: object): string[] {
	const inside = Object.entries(given).map(([name, entries]) => {
		const section = Reflect.get(known, name) as unknown;
		return section instanceof Object && entries instanceof Object
			? unknownNames(entries, Object.keys(section))
			: [];
	});
	return [...unknownNames(given, Object.keys(known)), ...inside.flat()];
}

function endpointProblem(endpoint: unknown, bucket: unknown): string | null {
	const url = isText(endpoint) ? URL.parse(endpoint) : null;
	if (url === null || !/^https?:$/.test(url.protocol)) {
		return `must be a URL with http: or https:, not ${JSON.stringify(endpoint)}`;
	}
	if (url.href !== `${url.origin}/`) {
		return "must have neither user, path, query nor fragment";
	}
	return url.host.startsWith(`${bucket}.storage.`)
		? `must not hold the bucket: ${url.origin.replace(`${bucket}.`, "")}`
		: null;
}

function readCredentials(credentials: unknown): {
	readonly key?: KeyObject;
	readonly problem?: string;
} {
	const wants =
		"must be { client_email, private_key }, { accessId, secret } or { client_email, sign, getToken }";
	if (typeof credentials !== "object" || credentials === null) return { problem: wants };
	const { client_email, private_key, accessId, secret, sign, getToken } = credentials as Record<
		string,
		unknown
	>;
	if (isText(accessId) && isText(secret)) return {};
	const isLogin = getToken === undefined || typeof getToken === "function";
	if (!isText(client_email) || !isLogin) return { problem: wants };
	if (typeof sign === "function") {
		return typeof getToken === "function" ? {} : { problem: "with sign need getToken, for calls" };
	}
	if (!isText(private_key)) return { problem: wants };
	try {
		const key = createPrivateKey(private_key.replaceAll("\\n", "\n"));
		if (key.asymmetricKeyType === "rsa") return { key };
	} catch {
		// the error could hold a part of the key
	}
	return { problem: "have a private_key that is no RSA key in PEM; copy it from the key file" };
}

function isText(value: unknown): value is string {
	return typeof value === "string" && value !== "";
}
