import type { Checksum, PartWindow, SignedRequest } from "#protocol";
import type { CapabilityCorrections, ProbeOptions, ProviderCapabilities } from "./capabilities.js";
import type { StorageMaintenance } from "./maintenance.js";
import type {
	CommitPart,
	CompleteOptions,
	CreateMultipartOptions,
	MultipartRef,
	PartPage,
	PartRange,
	SignPartsOptions,
} from "./multipart-upload.js";
import type { CopyOptions, ObjectInfo, ObjectSpec } from "./object-spec.js";

/** The constraints of a single upload's URL. */
export interface SignUploadOptions {
	/** Requested seconds; the signed request states the actual ones, which may be fewer. */
	readonly expiresIn: number;
	/** The storage must refuse to overwrite. */
	readonly createOnly: boolean;
	/** The storage must refuse a body with another digest. @default none */
	readonly checksum?: Checksum | undefined;
}

/**
 * One storage. It signs requests, and makes the control calls with the server's own credentials.
 *
 * It may assume that keys, sizes, types and metadata were checked, that `createOnly` and `checksum` are
 * requested only where its `capabilities` state them, and that part numbers are within its limits.
 * It must return requests whose every constraint the storage enforces, or throw `unsupported`. It must
 * throw only {@link UploadError}: `upload-not-found`, `not-found`, `already-exists`, `conflict`,
 * `invalid-parts`, `checksum-mismatch`, `forbidden`, `storage-error`, `storage-unavailable`; none holds a signed URL, a
 * token or a credential.
 */
export interface PresignProvider {
	/**
	 * Stable name for logs and tokens, with the host or account where buckets of two may have the same name. No
	 * secret: clients see it. Code must not branch on it.
	 */
	readonly id: string;
	/** Where objects go. Sealed into tokens, which are valid for one id and bucket. */
	readonly bucket: string;
	readonly capabilities: ProviderCapabilities;
	/**
	 * What the operator says where the storage accepts unsigned headers: the risk is `accepted`, or a bucket
	 * policy denies them. Absent: a handler refuses such a storage.
	 */
	readonly unsignedHeaders?: "accepted" | "denied-by-policy" | undefined;

	/** Host names that part windows have a URL for, in an order that never changes. @default 1 */
	readonly hosts?: number | undefined;

	/** Other credentials sign URLs than make calls, so that a policy may deny something to URLs alone. @default false */
	readonly signsSeparately?: boolean | undefined;
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
	 * @param spec - What is stored. A storage that takes it at the commit gets it again there.
	 * @param options - How the upload will be committed.
	 * @returns The reference that all later calls take.
	 */
	createMultipart(spec: ObjectSpec, options: CreateMultipartOptions): Promise<MultipartRef>;

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
	 * @param options - What is stored, and what the storage has to verify.
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
	 * Optional, for a commit of several steps, as {@link staged} has: ends one that broke off.
	 *
	 * @param ref - The upload, which {@link listParts} no longer finds.
	 * @param options - As for {@link completeMultipart}.
	 * @returns The object as stored; null where there is nothing to end.
	 */
	readonly resumeCommit?:
		| ((ref: MultipartRef, options: CompleteOptions) => Promise<ObjectInfo | null>)
		| undefined;

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

	/**
	 * Copies an object inside of the storage, with the server's own credentials. The copy keeps the upload id
	 * of its source.
	 *
	 * @param source - As {@link head} or {@link completeMultipart} returned it: its version, else its etag, must
	 *   be what is copied.
	 * @param target - The key of the copy.
	 * @param options - `createOnly` is requested only where the capability `copy` states it.
	 * @returns The copy as stored.
	 * @throws UploadError `not-found` without a source, `conflict` when the source has changed, `already-exists`,
	 *   `unsupported` for an object larger than the storage can copy.
	 */
	copy(source: ObjectInfo, target: string, options: CopyOptions): Promise<ObjectInfo>;

	/** Optional: lists objects and uploads, and reads and writes tags. */
	readonly maintenance?: StorageMaintenance | undefined;

	/**
	 * Optional: tries a real bucket with small objects below a prefix, and deletes them.
	 *
	 * @param prefix - Such as `probe/`.
	 * @param options - Where the result is printed.
	 * @returns The capabilities that differ from those stated, for the provider's options.
	 */
	readonly probe?:
		| ((prefix: string, options?: ProbeOptions) => Promise<CapabilityCorrections>)
		| undefined;
}

/** Like {@link SignedRequest}, for reading. */
export interface SignedDownload {
	readonly method: "GET";
	readonly url: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly expiresIn: number;
	readonly expiresAt: string;
}
