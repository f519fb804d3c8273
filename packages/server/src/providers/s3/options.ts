import type { CapabilityCorrections } from "../../capabilities.js";
import type { CredentialSource } from "./credentials.js";
import { type ServiceName, services } from "./services.js";

/** Options of {@link s3Provider}: the names of the AWS SDK, and a few of our own at the end. */
export interface S3ProviderOptions {
	/** A bucket's name, or the ARN of an access point. Required; undefined throws. */
	readonly bucket: string | undefined;
	/**
	 * The bucket's region.
	 *
	 * @default what the named service or its host name signs with, else `AWS_REGION`, `AWS_DEFAULT_REGION`, and with an endpoint "us-east-1"
	 */
	readonly region?: string | undefined;
	/**
	 * Base URL of an S3-compatible service, such as `https://s3.example.com:9000`.
	 *
	 * @default `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, else AWS
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
	 * Further names by which clients reach the same bucket: `"all"` for those that AWS has (with the bucket in the
	 * host name, in the path, and dual-stack), or base URLs of the service, such as
	 * `["https://storage-2.example.com"]`. Parts go to all names in turn, since a browser opens six connections to
	 * each. A page's Content Security Policy must allow all of them.
	 *
	 * @default none: all parts go to one name
	 */
	readonly hosts?: "all" | readonly string[] | undefined;
	/**
	 * Puts the bucket into the path instead of the host name.
	 *
	 * @default true for IP addresses, localhost, endpoints with a path, buckets that make no host name, and services that want it
	 */
	readonly forcePathStyle?: boolean | undefined;
	/**
	 * Credentials, or a function that returns them.
	 *
	 * @default the environment (`AWS_ACCESS_KEY_ID` …), else the SDK's chain
	 */
	readonly credentials?: CredentialSource | undefined;
	/** Transfer Acceleration; URLs then come from the SDK's presigner. @default false */
	readonly useAccelerateEndpoint?: boolean | undefined;
	/** IPv4 and IPv6. @default `AWS_USE_DUALSTACK_ENDPOINT` */
	readonly useDualstackEndpoint?: boolean | undefined;
	/** FIPS endpoints; URLs then come from the SDK's presigner. @default `AWS_USE_FIPS_ENDPOINT` */
	readonly useFipsEndpoint?: boolean | undefined;
	/**
	 * What makes the signatures: this package, or `@aws-sdk/s3-request-presigner` (some 50 times slower).
	 *
	 * @default "skyput" where its endpoint table knows the host, else "aws-sdk"
	 */
	readonly signer?: "skyput" | "aws-sdk" | undefined;
	/**
	 * Signs URLs instead of `credentials`, which are then used for control calls only: URLs can have a narrower
	 * role than the server.
	 *
	 * @default `credentials`
	 */
	readonly signingCredentials?: CredentialSource | undefined;
	/**
	 * Account id (12 digits) that must own the bucket. Single uploads carry it as a signed header; multipart
	 * uploads are checked when they begin and end.
	 *
	 * @default not checked
	 */
	readonly expectedBucketOwner?: string | undefined;
	/**
	 * The service, which decides what the storage is known to enforce.
	 *
	 * @default "aws" without an endpoint, "unknown" (no create-only, no checksums) with one
	 */
	readonly compatibility?: ServiceName | undefined;
	/**
	 * Required where the storage accepts `x-amz-*` headers that a URL does not sign, as Ceph 16 does: whoever
	 * holds an upload URL can then copy any object that the signer may read, and publish objects. Either a bucket
	 * policy denies that (docs/storage.md has it), or the risk is accepted.
	 *
	 * @default none: the handler throws for such a storage
	 */
	readonly unsignedHeaders?: "accepted" | "denied-by-policy" | undefined;
	/**
	 * Corrects single capabilities, for example as measured on the real bucket.
	 *
	 * @default what `compatibility` names
	 */
	readonly capabilities?: CapabilityCorrections | undefined;
}

/** Every option's name, and what its value may look like. */
export const optionShapes: Readonly<
	Record<keyof S3ProviderOptions, { readonly wants: string; accepts(value: unknown): boolean }>
> = {
	bucket: { wants: "a name", accepts: isText },
	region: { wants: "a region name such as eu-west-1", accepts: isRegion },
	endpoint: {
		wants: "a URL with http: or https: and neither user, query nor fragment",
		accepts: isEndpoint,
	},
	publicEndpoint: {
		wants: "a URL with http: or https: and neither user, query nor fragment",
		accepts: isEndpoint,
	},
	hosts: {
		wants: '"all", or a list of URLs with http: or https: and neither user, query nor fragment',
		accepts: (value) => value === "all" || (Array.isArray(value) && value.every(isEndpoint)),
	},
	forcePathStyle: { wants: "true or false", accepts: isBoolean },
	credentials: {
		wants: "{ accessKeyId, secretAccessKey, sessionToken?, expiration? } or a function",
		accepts: isCredentialSource,
	},
	useAccelerateEndpoint: { wants: "true or false", accepts: isBoolean },
	useDualstackEndpoint: { wants: "true or false", accepts: isBoolean },
	useFipsEndpoint: { wants: "true or false", accepts: isBoolean },
	signer: {
		wants: '"skyput" or "aws-sdk"',
		accepts: (value) => value === "skyput" || value === "aws-sdk",
	},
	signingCredentials: {
		wants: "{ accessKeyId, secretAccessKey, sessionToken?, expiration? } or a function",
		accepts: isCredentialSource,
	},
	expectedBucketOwner: {
		wants: "an account id of 12 digits",
		accepts: (value) => isText(value) && /^\d{12}$/.test(value),
	},
	compatibility: { wants: `one of ${Object.keys(services).join(", ")}`, accepts: isService },
	unsignedHeaders: {
		wants: '"accepted" or "denied-by-policy"',
		accepts: (value) => value === "accepted" || value === "denied-by-policy",
	},
	capabilities: {
		wants: "an object of corrections",
		accepts: (value) => typeof value === "object" && value !== null,
	},
};

function isText(value: unknown): value is string {
	return typeof value === "string" && value !== "";
}

function isService(value: unknown): value is ServiceName {
	return isText(value) && Object.hasOwn(services, value);
}

function isBoolean(value: unknown): value is boolean {
	return typeof value === "boolean";
}

// it becomes part of a host name and of the credential scope
function isRegion(value: unknown): boolean {
	return isText(value) && /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(value);
}

function isEndpoint(value: unknown): boolean {
	const url = isText(value) ? URL.parse(value) : null;
	return (
		url !== null &&
		(url.protocol === "http:" || url.protocol === "https:") &&
		`${url.username}${url.password}${url.search}${url.hash}` === ""
	);
}

function isCredentialSource(value: unknown): boolean {
	if (typeof value === "function") return true;
	if (typeof value !== "object" || value === null) return false;
	const { accessKeyId, secretAccessKey, sessionToken, expiration } = value as Record<
		string,
		unknown
	>;
	return (
		isText(accessKeyId) &&
		isText(secretAccessKey) &&
		(sessionToken === undefined || isText(sessionToken)) &&
		(expiration === undefined ||
			(expiration instanceof Date && !Number.isNaN(expiration.getTime())))
	);
}
