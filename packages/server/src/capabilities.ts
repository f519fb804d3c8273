import type { ChecksumAlgorithm, MultipartLimits } from "#protocol";

/** Limits and capabilities, as data. Sizes in bytes, times in seconds. */
export interface ProviderCapabilities {
	/** 0: no URL stores a whole file, and every file goes in parts; an empty one has none. */
	readonly single: { readonly maxSize: number };
	readonly multipart:
		| false
		| (MultipartLimits & {
				/** All parts but the last must have the same size. */
				readonly equalParts: boolean;
				/** The storage lists parts with their sizes. */
				readonly listParts: boolean;
				/** `deferred`: aborted parts expire by themselves. */
				readonly abort: "immediate" | "deferred";
				/** Seconds until the storage discards an upload that was not completed: 2,592,000 (30 days), after which its tokens end, where it does later or never. */
				readonly uploadLife: number;
		  });
	/** `enforced`: also against a client that drops the header. */
	readonly createOnly: {
		readonly single: "enforced" | "none";
		readonly multipart: "at-complete" | "none";
	};
	readonly enforce: {
		readonly singleSize: "exact" | "none";
		readonly partSize: "exact" | "none";
		readonly contentType: "signed" | "none";
		/** Refuses to commit parts that add up to another size. @default "none" */
		readonly totalSize?: "at-complete" | "none" | undefined;
	};
	/**
	 * What the URL of a part can write: that `part`, or the whole `object`, also after the commit (a SAS of
	 * Azure). {@link staged} wraps a provider of the second kind.
	 */
	readonly partUrl: "part" | "object";
	/** Names that metadata can have: `any` of lower-case letters, digits, - and _, or `identifiers`, without -. */
	readonly metadataNames: "any" | "identifiers";
	/** What the storage does with digests, in order of preference. An empty list means that none is known. */
	readonly checksums: {
		/** Refuses a single body that differs from the digest in a signed header. */
		readonly single: readonly ChecksumAlgorithm[];
		/** Refuses a part that differs from the digest in a header that is not signed. */
		readonly part: readonly ChecksumAlgorithm[];
		/** Refuses to commit parts that differ from the digest of the whole object; parts carry none. */
		readonly object: readonly ChecksumAlgorithm[];
		/** Returns a digest of the whole object, computed by the storage, once it is stored. */
		readonly reported: readonly ChecksumAlgorithm[];
		/**
		 * Refuses a body without a digest in a header, as a bucket with Object Lock does. Single uploads then always
		 * sign one, and every part carries one, also with the client's `checksum: false`.
		 *
		 * @default false
		 */
		readonly required?: boolean | undefined;
	};
	/**
	 * What the storage does with `x-amz-*` headers that a URL does not sign. Where they are `accepted`, the
	 * holder of any upload URL can copy what the signer may read, and publish objects. Absent: the storage has
	 * no such headers.
	 */
	readonly unsignedHeaders?: "refused" | "accepted" | undefined;
	/** Options of a rule that the storage applies to an object; it must refuse a client that drops them. */
	readonly objectOptions?:
		| {
				readonly tags: boolean;
				readonly storageClass: boolean;
				readonly acl: boolean;
				/** Encryption with the storage's own keys (SSE-S3). */
				readonly aes256: boolean;
				/** Encryption with a key of a key management service (SSE-KMS). */
				readonly kms: boolean;
				/** Refuses a request whose expected bucket owner is not the owner. */
				readonly bucketOwner: boolean;
		  }
		| undefined;
	readonly copy: {
		/** Refuses to overwrite. */
		readonly createOnly: boolean;
		/** Refuses a source that has another etag, in one step with the copy. */
		readonly pinned: boolean;
		/** Bytes of the largest object that can be copied, create-only where that is stated; 0 for no copies. */
		readonly maxSize: number;
	};
	/** `delete` with `ifMatch` is one step: no other object can be deleted in between. */
	readonly conditionalDelete: boolean;
	readonly signing: {
		/** The most parts to sign at once: few where a signature is long, slow or a network call. */
		readonly maxWindow: number;
		readonly maxExpiresIn: number;
	};
	/** What a bucket's CORS rule must allow for browsers. */
	readonly cors: {
		readonly methods: readonly string[];
		readonly requestHeaders: readonly string[];
		readonly exposeHeaders: readonly string[];
	};
}

type Section<Capability> = Exclude<Capability, boolean | string | undefined>;

/** Single entries of {@link ProviderCapabilities}; a list replaces the list it corrects. */
export type CapabilityCorrections = {
	readonly [Name in keyof ProviderCapabilities]?:
		| (NonNullable<ProviderCapabilities[Name]> extends boolean | string
				? never
				: {
						readonly [Entry in keyof Section<ProviderCapabilities[Name]>]?:
							| Section<ProviderCapabilities[Name]>[Entry]
							| undefined;
					})
		| Extract<ProviderCapabilities[Name], boolean | string>
		| undefined;
};

/** How a provider's `probe` reports. */
export interface ProbeOptions {
	/** Called with the clock's difference, what a page may do, and the block to paste. @default console.log */
	readonly print?: ((line: string) => void) | undefined;
	/** Whether it asks what nobody has recorded of AWS, too, and prints each answer. @default true */
	readonly questions?: boolean | undefined;
	/**
	 * Origin of pages that are to upload: the bucket's CORS rule is tried for it.
	 *
	 * @default none is tried; `questions` ask with "https://example.com"
	 */
	readonly origin?: string | undefined;
}
