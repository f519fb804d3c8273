import type { Checksum } from "#protocol";
import { UploadError } from "../../errors.js";
import type { ObjectSpec } from "../../object-spec.js";

/** A call of the server itself. */
export interface ControlRequest {
	readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
	/** @default none: the call is on the bucket */
	readonly key?: string;
	/** Not yet encoded. @default {} */
	readonly query?: Readonly<Record<string, string>>;
	/** Lower-case names. @default {} */
	readonly headers?: Readonly<Record<string, string>>;
	/** @default "" */
	readonly body?: string;
}

/** Metadata entry that holds the id of the upload. */
export const uploadIdHeader = "x-goog-meta-skyput-upload";

/** Leaves out what is undefined. */
export function defined(members: Readonly<Record<string, string | undefined>>) {
	const given = Object.entries(members).filter(([, value]) => value !== undefined);
	return Object.fromEntries(given) as Record<string, string>;
}

/** The headers that decide what is stored with an object. */
export function objectHeaders(spec: ObjectSpec): Record<string, string> {
	const { encryption, metadata = {}, tags } = spec;
	if (tags !== undefined) throw unsupported("has no tags of objects");
	return defined({
		"content-type": spec.contentType,
		"cache-control": spec.cacheControl,
		"content-disposition": spec.contentDisposition,
		"content-encoding": spec.contentEncoding,
		"x-goog-storage-class": spec.storageClass,
		"x-goog-acl": spec.acl,
		// without a key, Google encrypts every object with AES-256 and keys of its own
		"x-goog-encryption-kms-key-name":
			typeof encryption === "object" ? encryption.kmsKeyId : undefined,
		...Object.fromEntries(
			Object.entries(metadata).map(([name, value]) => [`x-goog-meta-${name}`, value]),
		),
		[uploadIdHeader]: spec.uploadId,
	});
}

/**
 * The headers that bind the PUT of a whole object.
 * https://docs.cloud.google.com/storage/docs/xml-api/reference-headers
 */
export function putHeaders(
	spec: ObjectSpec,
	createOnly: boolean,
	checksum: Checksum | undefined,
): Record<string, string> {
	const { size } = spec;
	return defined({
		...objectHeaders(spec),
		"x-goog-content-length-range": size === null ? undefined : `${size},${size}`,
		"x-goog-if-generation-match": createOnly ? "0" : undefined,
		...(checksum && checksumHeader(checksum)),
	});
}

function checksumHeader({ algorithm, value }: Checksum): Record<string, string> {
	if (algorithm === "md5") return { "content-md5": value };
	if (algorithm === "crc32c") return { "x-goog-hash": `crc32c=${value}` };
	throw unsupported(`verifies no ${algorithm}`);
}

/** The digests in `x-goog-hash`, of which an object made of parts has no MD5. */
export function checksumsOf(headers: Headers): Checksum[] {
	const hashes = (headers.get("x-goog-hash") ?? "").matchAll(/\b(crc32c|md5)=([A-Za-z0-9+/=]+)/g);
	return [...hashes].map(([, algorithm, value]) => ({ algorithm, value }) as Checksum);
}

/** The error for a constraint that the storage cannot enforce. */
export function unsupported(what: string): UploadError {
	return new UploadError("unsupported", `The storage ${what}.`);
}
