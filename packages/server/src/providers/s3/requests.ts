import type { Checksum, ChecksumAlgorithm } from "#protocol";
import type { ObjectSpec } from "../../provider.js";
import type { Signing } from "./expiry.js";

/** One request before it is signed. */
export interface UnsignedRequest {
	readonly method: "PUT" | "GET";
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
}

/** Part URLs as templates with `{partNumber}` and `{value}`, and a signature for each part. */
export interface SignedParts {
	readonly urls: readonly string[];
	readonly values: readonly string[];
}

/** Makes URLs; what is signed and for how long was decided before. */
export interface Signer {
	sign(request: UnsignedRequest, signing: Signing): Promise<string>;
	signParts(parts: UnsignedParts, signing: Signing): Promise<SignedParts>;
}

/** Name of the metadata entry that holds the stamp of an upload. */
export const stampName = "skyput-upload";

/**
 * Headers that clients may not set: the host comes from the URL, the length from the body. They are
 * signed all the same.
 */
const clientOwned: readonly string[] = ["host", "content-length"];

/** What the client has to send: everything signed that it does not send by itself. */
export function headersToSend(request: UnsignedRequest): Record<string, string> {
	const entries = Object.entries(request.headers);
	return Object.fromEntries(entries.filter(([name]) => !clientOwned.includes(name)));
}

/** How create-only travels, if at all. */
export type CreateOnlyPlace = "header" | "query" | "none";

/** The PUT of a whole object. Everything that binds the client is a header, never hoisted: S3 ignores a digest in the query. */
export function putRequest(
	spec: ObjectSpec,
	createOnly: CreateOnlyPlace,
	checksum: Checksum | undefined,
): UnsignedRequest {
	// With If-None-Match, Chromium and undici add a Cache-Control of their own, which S3 would store as
	// the object's: an explicit one keeps both quiet.
	const cacheControl = spec.cacheControl ?? (createOnly === "header" ? "no-cache" : undefined);
	return {
		method: "PUT",
		key: spec.key,
		query: createOnly === "query" ? { "if-none-match": "*" } : {},
		headers: {
			...(spec.size === null ? {} : { "content-length": String(spec.size) }),
			...(spec.contentType === undefined ? {} : { "content-type": spec.contentType }),
			...(createOnly === "header" ? { "if-none-match": "*" } : {}),
			...(cacheControl === undefined ? {} : { "cache-control": cacheControl }),
			...(spec.contentDisposition === undefined
				? {}
				: { "content-disposition": spec.contentDisposition }),
			...(checksum ? checksumHeaders(checksum) : {}),
			...prefixed("x-amz-meta-", metadataOf(spec)),
		},
	};
}

/** The metadata to store, stamp included. */
export function metadataOf(spec: ObjectSpec): Record<string, string> {
	return {
		...spec.metadata,
		...(spec.uploadId === undefined ? {} : { [stampName]: spec.uploadId }),
	};
}

/** Header that carries a digest of the body. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
	return algorithm === "md5" ? "content-md5" : `x-amz-checksum-${algorithm}`;
}

function checksumHeaders({ algorithm, value }: Checksum): Record<string, string> {
	if (algorithm === "md5") return { [checksumHeader(algorithm)]: value };
	// AWS checks the value by itself; Ceph 20 only when the algorithm is named beside it
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
