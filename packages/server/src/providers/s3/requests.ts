import type { Checksum, ChecksumAlgorithm } from "#protocol";
import type { ObjectSpec } from "../../object-spec.js";
import type { SigningParameters } from "./expiry.js";

/** One request before it is signed. */
export interface UnsignedRequest {
	readonly method: "PUT" | "GET" | "POST";
	readonly key: string;
	/** Not yet encoded. Names start in lower case, so that they sort behind `X-Amz-*`. */
	readonly query: Readonly<Record<string, string>>;
	/** All are signed. Lower-case names; Host is added by the signer. */
	readonly headers: Readonly<Record<string, string>>;
}

/** Consecutive parts before they are signed. */
export interface UnsignedParts {
	readonly key: string;
	readonly uploadId: string;
	/** Number of the first part. */
	readonly first: number;
	/** Bytes of each part, in order. */
	readonly sizes: readonly number[];
	/** Index of the one host name to sign for. */
	readonly host?: number | undefined;
}

/** Part URLs as templates with `{partNumber}` and `{value}`, and a signature for each part. */
export interface SignedParts {
	readonly urls: readonly string[];
	readonly values: readonly string[];
}

/** Makes signed URLs. */
export interface Signer {
	sign(request: UnsignedRequest, signing: SigningParameters): Promise<string>;
	signParts(parts: UnsignedParts, signing: SigningParameters): Promise<SignedParts>;
}

/** Metadata entry that holds the id of the upload. */
export const uploadIdMetadataKey = "skyput-upload";

/** Signed headers that HTTP clients set automatically: the host from the URL, the length from the body. */
const clientOwned: readonly string[] = ["host", "content-length"];

/** The signed headers that the client has to set. */
export function headersToSend(request: UnsignedRequest): Record<string, string> {
	const entries = Object.entries(request.headers);
	return Object.fromEntries(entries.filter(([name]) => !clientOwned.includes(name)));
}

/**
 * The PUT of a whole object. Everything that binds the client is a header, not hoisted into the query:
 * S3 ignores a digest there.
 */
export function putRequest(
	spec: ObjectSpec,
	createOnly: boolean,
	checksum: Checksum | undefined,
	bucketOwner?: string,
): UnsignedRequest {
	// With If-None-Match, Chromium and undici add Cache-Control, which S3 would store with the object.
	const cacheControl = spec.cacheControl ?? (createOnly ? "no-cache" : undefined);
	return {
		method: "PUT",
		key: spec.key,
		query: {},
		headers: {
			...(spec.size === null ? {} : { "content-length": String(spec.size) }),
			...(spec.contentType === undefined ? {} : { "content-type": spec.contentType }),
			...(createOnly ? { "if-none-match": "*" } : {}),
			...(cacheControl === undefined ? {} : { "cache-control": cacheControl }),
			...(spec.contentDisposition === undefined
				? {}
				: { "content-disposition": spec.contentDisposition }),
			...(spec.contentEncoding === undefined ? {} : { "content-encoding": spec.contentEncoding }),
			...optionHeaders(spec),
			...(bucketOwner === undefined ? {} : { "x-amz-expected-bucket-owner": bucketOwner }),
			...(checksum ? checksumHeaders(checksum) : {}),
			...prefixed("x-amz-meta-", metadataOf(spec)),
		},
	};
}

/** Tags in the format of `x-amz-tagging`: a URL-encoded query. */
export function taggingOf({ tags }: ObjectSpec): string | undefined {
	if (tags === undefined) return undefined;
	return Object.entries(tags)
		.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
		.join("&");
}

function optionHeaders(spec: ObjectSpec): Record<string, string> {
	const { storageClass, acl, encryption } = spec;
	const key = typeof encryption === "object" ? encryption.kmsKeyId : undefined;
	const headers = {
		"x-amz-tagging": taggingOf(spec),
		"x-amz-storage-class": storageClass,
		"x-amz-acl": acl,
		"x-amz-server-side-encryption": encryption && (key === undefined ? "AES256" : "aws:kms"),
		"x-amz-server-side-encryption-aws-kms-key-id": key,
	};
	const given = Object.entries(headers).filter(([, value]) => value !== undefined);
	return Object.fromEntries(given) as Record<string, string>;
}

/** The metadata to store, with the id of the upload. */
export function metadataOf(spec: ObjectSpec): Record<string, string> {
	return {
		...spec.metadata,
		...(spec.uploadId === undefined ? {} : { [uploadIdMetadataKey]: spec.uploadId }),
	};
}

/** Header that carries a digest of the body. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
	return algorithm === "md5" ? "content-md5" : `x-amz-checksum-${algorithm}`;
}

function checksumHeaders({ algorithm, value }: Checksum): Record<string, string> {
	if (algorithm === "md5") return { [checksumHeader(algorithm)]: value };
	// AWS verifies the value alone; Ceph 20 only if the algorithm header is present too
	return {
		[checksumHeader(algorithm)]: value,
		"x-amz-sdk-checksum-algorithm": algorithm.toUpperCase(),
	};
}

function prefixed(
	prefix: string,
	entries: Readonly<Record<string, string>>,
): Record<string, string> {
	return Object.fromEntries(
		Object.entries(entries).map(([name, value]) => [`${prefix}${name}`, value]),
	);
}
