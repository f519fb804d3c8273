import type { Checksum } from "#protocol";
import { UploadError } from "../../errors.js";
import type { ObjectSpec } from "../../object-spec.js";

/** One request before its URL is signed. */
export interface UnsignedRequest {
	readonly method: "PUT" | "GET";
	readonly key: string;
	/** Not yet encoded. Names start in lower case, so that they sort behind `X-Goog-*`. */
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
	readonly count: number;
}

/** A call of the server itself. */
export interface ControlRequest {
	readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
	readonly key: string;
	/** Not yet encoded. @default {} */
	readonly query?: Readonly<Record<string, string>>;
	/** Lower-case names. @default {} */
	readonly headers?: Readonly<Record<string, string>>;
	/** @default "" */
	readonly body?: string;
}

/** Metadata entry that holds the id of the upload. */
export const uploadIdHeader = "x-goog-meta-skyput-upload";

/** The headers that decide what is stored with an object. */
export function objectHeaders(spec: ObjectSpec): Record<string, string> {
	const { encryption } = spec;
	const headers: Record<string, string | undefined> = {
		"content-type": spec.contentType,
		"cache-control": spec.cacheControl,
		"content-disposition": spec.contentDisposition,
		"content-encoding": spec.contentEncoding,
		"x-goog-storage-class": spec.storageClass,
		"x-goog-acl": spec.acl,
		// without a key, Google encrypts every object with AES-256 and keys of its own
		"x-goog-encryption-kms-key-name":
			typeof encryption === "object" ? encryption.kmsKeyId : undefined,
	};
	for (const [name, value] of Object.entries(spec.metadata ?? {})) {
		headers[`x-goog-meta-${name}`] = value;
	}
	headers[uploadIdHeader] = spec.uploadId;
	const given = Object.entries(headers).filter(([, value]) => value !== undefined);
	return Object.fromEntries(given) as Record<string, string>;
}

/** The PUT of a whole object. https://docs.cloud.google.com/storage/docs/xml-api/reference-headers */
export function putRequest(
	spec: ObjectSpec,
	createOnly: boolean,
	checksum: Checksum | undefined,
): UnsignedRequest {
	const { key, size } = spec;
	return {
		method: "PUT",
		key,
		query: {},
		headers: {
			...objectHeaders(spec),
			...(size === null ? {} : { "x-goog-content-length-range": `${size},${size}` }),
			...(createOnly ? { "x-goog-if-generation-match": "0" } : {}),
			...(checksum ? checksumHeader(checksum) : {}),
		},
	};
}

function checksumHeader({ algorithm, value }: Checksum): Record<string, string> {
	if (algorithm === "md5") return { "content-md5": value };
	if (algorithm === "crc32c") return { "x-goog-hash": `crc32c=${value}` };
	throw new UploadError("unsupported", `The storage does not verify ${algorithm}.`);
}

/** The digests in `x-goog-hash`, of which an object made of parts has no MD5. */
export function checksumsOf(headers: Headers): Checksum[] {
	const hashes = (headers.get("x-goog-hash") ?? "").matchAll(/\b(crc32c|md5)=([A-Za-z0-9+/=]+)/g);
	return [...hashes].map(([, algorithm, value]) => ({
		algorithm: algorithm as "crc32c" | "md5",
		value: value as string,
	}));
}
