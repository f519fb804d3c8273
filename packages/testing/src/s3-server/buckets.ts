import type { StoredBytes } from "./blob-store.js";
import type { CorsRule } from "./cors-rules.js";
import type { ChecksumName } from "./declared-checksums.js";
import { S3Error } from "./s3-error.js";

export type ChecksumType = "FULL_OBJECT" | "COMPOSITE";

/** A verified checksum. */
export interface StoredChecksum {
	readonly name: ChecksumName;
	/** Base64; a composite checksum ends in `-` and the number of parts. */
	readonly value: string;
	readonly type: ChecksumType;
}

export type Tags = readonly (readonly [key: string, value: string])[];

export interface StoredObject {
	readonly key: string;
	readonly bytes: StoredBytes;
	/** In quotes. */
	readonly etag: string;
	readonly lastModified: Date;
	/** Headers returned with the object: content type, cache control, metadata. */
	readonly attributes: ReadonlyMap<string, string>;
	readonly tags: Tags;
	readonly checksum: StoredChecksum;
	/** The parts that it was completed from. */
	readonly parts?: readonly CompletedPart[];
	/** The CompleteMultipartUpload that created it: a repeat gets the same response. */
	readonly completion?: { readonly uploadId: string; readonly partsHash: string };
}

interface CompletedPart {
	readonly partNumber: number;
	/** In bytes. */
	readonly size: number;
	/** Base64. */
	readonly checksum: string;
}

export interface UploadedPart {
	readonly partNumber: number;
	readonly bytes: StoredBytes;
	/** MD5. */
	readonly digest: Buffer;
	/** In quotes, where it is not the MD5. */
	readonly etag?: string | undefined;
	readonly lastModified: Date;
	/** By the algorithm of its upload, or the default one. */
	readonly checksum: Buffer;
	/** The client sent no checksum with it. */
	readonly bare: boolean;
}

/** A multipart upload in progress. */
export interface Upload {
	readonly id: string;
	readonly key: string;
	readonly initiated: Date;
	readonly attributes: ReadonlyMap<string, string>;
	readonly tags: Tags;
	readonly checksum?: { readonly name: ChecksumName; readonly type: ChecksumType };
	readonly parts: Map<number, UploadedPart>;
	/** Its key was written or deleted meanwhile: a conditional completion is a conflict. */
	keyChanged: boolean;
}

/** What stored an object, in the words of S3's event names. */
export type ObjectCause = "Put" | "Post" | "Copy" | "CompleteMultipartUpload";

export interface Bucket {
	readonly name: string;
	readonly created: Date;
	cors: readonly CorsRule[] | undefined;
	readonly objects: Map<string, StoredObject>;
	readonly uploads: Map<string, Upload>;
	/** Called for every object that is stored. */
	readonly onStored?: ((object: StoredObject, cause: ObjectCause) => void) | undefined;
}

export function newBucket(
	name: string,
	cors: readonly CorsRule[] | undefined,
	onStored?: Bucket["onStored"],
): Bucket {
	return {
		name,
		created: new Date(),
		cors,
		objects: new Map(),
		uploads: new Map(),
		onStored,
	};
}

/** Throws `InvalidBucketName` ("Bucket naming rules", Amazon S3 User Guide). */
export function checkBucketName(name: string): void {
	const good =
		/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
		!name.includes("..") &&
		!/^\d+\.\d+\.\d+\.\d+$/.test(name);
	if (!good) {
		throw new S3Error("InvalidBucketName", "The specified bucket is not valid.", {
			BucketName: name,
		});
	}
}

export function noSuchBucket(name: string): S3Error {
	return new S3Error("NoSuchBucket", "The specified bucket does not exist", { BucketName: name });
}
