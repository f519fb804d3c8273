import type { Checksum, ChecksumAlgorithm, PartWindow, SignedRequest, StoredPart } from "#protocol";
import type { CapabilityCorrections, ProviderCapabilities } from "./capabilities.js";

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
	/** Random id of the upload, stored as metadata `skyput-upload`; absent for plain GET URLs. */
	readonly uploadId?: string | undefined;
}

/** The constraints of a single upload's URL. */
export interface SignUploadOptions {
	/** Requested seconds; the signed request states the actual ones, which may be fewer. */
	readonly expiresIn: number;
	/** The storage must refuse to overwrite. */
	readonly createOnly: boolean;
	/** The storage must refuse a body with another digest. @default none */
	readonly checksum?: Checksum | undefined;
}

/** How parts are signed. */
export interface SignPartsOptions {
	/** Requested seconds, as in {@link SignUploadOptions}. */
	readonly expiresIn: number;
	/** The client sends this digest with every part: the window names the header. @default none */
	readonly partChecksum?: ChecksumAlgorithm | undefined;
}

/** A multipart upload in progress. `id` is opaque to all but its provider. */
export interface MultipartRef {
	readonly key: string;
	/** The storage's own upload id. */
	readonly id: string;
}

/** Consecutive parts to sign: all of `partSize`, except a last one of `lastSize`. */
export interface PartRange {
	/** From 1. */
	readonly first: number;
	readonly count: number;
	readonly partSize: number;
	/** Bytes of the range's last part, when it is shorter than the others. */
	readonly lastSize?: number | undefined;
}

/** A stored part, as it is committed. */
export interface CommitPart {
	readonly partNumber: number;
	/** As listed. */
	readonly receipt: string;
	/** As listed. */
	readonly checksum?: Checksum | undefined;
}

export interface PartPage {
	/** Ascending. */
	readonly parts: readonly StoredPart[];
	/** Present if there are more parts: the `after` of the next call. */
	readonly next?: number | undefined;
}

/** How a multipart upload is committed. */
export interface CompleteOptions {
	/** Bytes of all parts together, checked against the stored parts already. */
	readonly size: number;
	/** The storage must refuse to overwrite. */
	readonly createOnly: boolean;
	/** Of the whole object; the storage must refuse another. @default none */
	readonly checksum?: Checksum | undefined;
}

export interface ObjectInfo {
	readonly key: string;
	/** Bytes. */
	readonly size: number;
	readonly etag?: string | undefined;
	/** Immutable identity, where the storage has one (S3 VersionId). */
	readonly version?: string | undefined;
	readonly contentType?: string | undefined;
	/** The id stored by {@link ObjectSpec.uploadId}. */
	readonly uploadId?: string | undefined;
	/** Whole-object digests that the storage computed or verified. */
	readonly checksums: readonly Checksum[];
}

/**
 * One storage. It signs requests, and makes the control calls with the server's own credentials.
 *
 * It may assume that keys, sizes, types and metadata were checked, that `createOnly` and `checksum` are
 * requested only where its `capabilities` state them, and that part numbers are within its limits.
 * It must return requests whose every constraint the storage enforces, or throw `unsupported`. It must
 * throw only {@link UploadError}: `upload-not-found`, `already-exists`, `conflict`, `invalid-parts`,
 * `checksum-mismatch`, `forbidden`, `storage-error`, `storage-unavailable`; none holds a signed URL, a
 * token or a credential.
 */
export interface PresignProvider {
	/** Stable name for logs. Code must not branch on it. */
	readonly id: string;
	/** Where objects go. Sealed into tokens: a token is valid for one bucket. */
	readonly bucket: string;
	readonly capabilities: ProviderCapabilities;
	/**
	 * What the operator says where the storage accepts unsigned headers: the risk is `accepted`, or a bucket
	 * policy denies them. Absent: a handler refuses such a storage.
	 */
	readonly unsignedHeaders?: "accepted" | "denied-by-policy" | undefined;

	/**
	 * Signs the request that stores a whole object.
	 *
	 * @param spec - What is stored. A null `size` leaves the length unsigned.
	 * @param options - What the URL is bound to.
	 * @returns The request, to be sent exactly as given.
	 * @throws UploadError `unsupported` for a constraint that the storage cannot enforce.
	 */
	signUpload(spec: ObjectSpec, options: SignUploadOptions): Promise<SignedRequest>;

	/**
	 * Begins a multipart upload.
	 *
	 * @param spec - What is stored: type, metadata and upload id are set here.
	 * @param options - `checksum` names the digest that {@link completeMultipart} sends.
	 * @returns The reference that all later calls take.
	 */
	createMultipart(
		spec: ObjectSpec,
		options: { readonly checksum?: ChecksumAlgorithm | undefined },
	): Promise<MultipartRef>;

	/**
	 * Signs consecutive parts with their exact sizes. Signing the same number twice is allowed.
	 *
	 * @param ref - The upload.
	 * @param range - Which parts, and their sizes.
	 * @param options - `expiresIn` in seconds.
	 * @returns The requests, as templates.
	 */
	signParts(ref: MultipartRef, range: PartRange, options: SignPartsOptions): Promise<PartWindow>;

	/**
	 * Lists one page of stored parts.
	 *
	 * @param ref - The upload.
	 * @param options - `after` is the part number to start above; absent for the first page.
	 * @returns The page, ascending.
	 * @throws UploadError `upload-not-found` when the upload no longer exists.
	 */
	listParts(ref: MultipartRef, options: { readonly after?: number | undefined }): Promise<PartPage>;

	/**
	 * Commits. Idempotent for the same ref if the storage is.
	 *
	 * @param ref - The upload.
	 * @param parts - All parts, ascending, with the receipts that the storage listed.
	 * @param options - What the storage has to verify.
	 * @returns The object as stored.
	 * @throws UploadError `upload-not-found` when the upload no longer exists, `already-exists` when an object
	 *   exists and `createOnly` is set, `conflict` after a competing write. Callers check with {@link head}.
	 */
	completeMultipart(
		ref: MultipartRef,
		parts: readonly CommitPart[],
		options: CompleteOptions,
	): Promise<ObjectInfo>;

	/**
	 * Discards an upload and its parts. Idempotent; an unknown upload is success. Never deletes a
	 * committed object.
	 *
	 * @param ref - The upload.
	 */
	abortMultipart(ref: MultipartRef): Promise<void>;

	/**
	 * Reads the size and metadata of an object.
	 *
	 * @param key - As stored.
	 * @returns Null when there is no such object.
	 * @throws UploadError `forbidden` where the server may not read it.
	 */
	head(key: string): Promise<ObjectInfo | null>;

	/**
	 * Signs a GET.
	 *
	 * @param key - As stored.
	 * @param options - `expiresIn` in seconds; `contentType` and `contentDisposition` of the response.
	 * @returns The request, to be sent exactly as given.
	 */
	signDownload(
		key: string,
		options: {
			readonly expiresIn: number;
			readonly version?: string | undefined;
			readonly contentDisposition?: string | undefined;
			readonly contentType?: string | undefined;
		},
	): Promise<SignedDownload>;

	/**
	 * Deletes an object. Idempotent.
	 *
	 * @param key - As stored.
	 * @param options - `ifMatch` is the etag that the object must have, `version` the one to delete.
	 * @throws UploadError `conflict` when the object has another etag.
	 */
	delete(
		key: string,
		options?: { readonly version?: string | undefined; readonly ifMatch?: string | undefined },
	): Promise<void>;

	/** Optional: tries a real bucket below a prefix and returns what must be corrected. */
	readonly probe?: ((prefix: string) => Promise<CapabilityCorrections>) | undefined;
}

/** Like {@link SignedRequest}, for reading. */
export interface SignedDownload {
	readonly method: "GET";
	readonly url: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly expiresIn: number;
	readonly expiresAt: string;
}
