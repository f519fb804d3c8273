import type { Checksum } from "#protocol";

/** Encryption at rest: SSE-S3, or SSE-KMS with the id or ARN of a key. */
export type Encryption = "aes256" | { readonly kmsKeyId: string };

/** What is stored. Every member has been checked. */
export interface ObjectSpec {
	/** NFC, 1..1024 UTF-8 bytes, without control characters, backslashes, empty or dot segments. */
	readonly key: string;
	/** Bytes; null while unknown: multipart uploads, and plain URLs that leave the length open. */
	readonly size: number | null;
	/** A lower-cased `type/subtype`, perhaps with parameters; absent = the client may send any. */
	readonly contentType?: string | undefined;
	/** Lower-case names of `[a-z0-9_-]`, values of printable ASCII, 2 kB in all. */
	readonly metadata?: Readonly<Record<string, string>> | undefined;
	readonly cacheControl?: string | undefined;
	readonly contentDisposition?: string | undefined;
	readonly contentEncoding?: string | undefined;
	/** At most 10, checked. Like the options below, requested only where `objectOptions` states it. */
	readonly tags?: Readonly<Record<string, string>> | undefined;
	readonly storageClass?: string | undefined;
	readonly encryption?: Encryption | undefined;
	/** A canned ACL. */
	readonly acl?: string | undefined;
	/** Random id of the upload, stored as metadata `skyput-upload` (`skyput_upload` where names are identifiers). */
	readonly uploadId?: string | undefined;
}

/** What is stored, once all parts are there. */
export interface CommitSpec extends ObjectSpec {
	readonly size: number;
}

/** An object as stored. */
export interface ObjectInfo {
	readonly key: string;
	/** Bytes. */
	readonly size: number;
	readonly etag?: string | undefined;
	/** Immutable identity, where the storage has one (S3 VersionId). */
	readonly version?: string | undefined;
	readonly contentType?: string | undefined;
	/** Stored with the object; absent, or "identity", where there is none. */
	readonly contentEncoding?: string | undefined;
	readonly cacheControl?: string | undefined;
	readonly contentDisposition?: string | undefined;
	/** As stored, under lower-case names. `head` must return it: what is in quarantine is described by it. */
	readonly metadata?: Readonly<Record<string, string>> | undefined;
	/** The id stored by {@link ObjectSpec.uploadId}. */
	readonly uploadId?: string | undefined;
	/** Whole-object digests that the storage computed or verified. */
	readonly checksums: readonly Checksum[];
}

/** How an object is copied. */
export interface CopyOptions {
	/** The storage must refuse to overwrite. */
	readonly createOnly: boolean;
	/** What the copy stores, instead of the type, headers, metadata and tags of the source. @default those of the source */
	readonly spec?: CommitSpec | undefined;
}
