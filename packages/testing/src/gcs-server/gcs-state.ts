import type { KeyObject } from "node:crypto";
import type { BlobStore, StoredBytes } from "../s3-server/blob-store.js";
import type { CorsRule } from "../s3-server/cors-rules.js";
import type { S3Reply } from "../s3-server/operation.js";
import type { S3Request } from "../s3-server/s3-request.js";
import { GcsError } from "./gcs-error.js";

export interface GcsObject {
	readonly key: string;
	readonly bytes: StoredBytes;
	/** In quotes. */
	readonly etag: string;
	readonly generation: string;
	readonly lastModified: Date;
	/** Headers returned with the object: content type, cache control, metadata, storage class. */
	readonly attributes: ReadonlyMap<string, string>;
	readonly crc32c: Buffer;
	/** Absent for an object made of parts. */
	readonly md5?: Buffer;
}

export interface GcsPart {
	readonly partNumber: number;
	readonly bytes: StoredBytes;
	readonly etag: string;
	readonly lastModified: Date;
	readonly crc32c: Buffer;
}

/** A multipart upload in progress. */
export interface GcsUpload {
	readonly id: string;
	readonly key: string;
	readonly initiated: Date;
	readonly attributes: ReadonlyMap<string, string>;
	readonly parts: Map<number, GcsPart>;
}

/** The only valid credentials. */
export interface GcsAccounts {
	readonly clientEmail: string;
	readonly publicKey: KeyObject;
	readonly accessId: string;
	readonly secret: string;
	/** An OAuth access token. */
	readonly token: string;
}

/** The state of a server with one bucket. */
export interface GcsState extends GcsAccounts {
	readonly bucket: string;
	readonly cors: readonly CorsRule[];
	/** Entries in a page of objects or uploads, at most. */
	readonly pageSize: number;
	readonly blobs: BlobStore;
	readonly objects: Map<string, GcsObject>;
	readonly uploads: Map<string, GcsUpload>;
	/** A number that grows with every write. */
	nextGeneration(): string;
}

/** An authenticated call on the bucket. */
export interface GcsBucketCall {
	readonly state: GcsState;
	readonly request: S3Request;
}

/** An authenticated call on a key of the bucket. */
export interface GcsCall extends GcsBucketCall {
	readonly key: string;
}

export type GcsReply = S3Reply;

/** Stores an object and discards the one that it replaces. */
export async function commitObject(
	{ state, key }: GcsCall,
	object: Omit<GcsObject, "key" | "generation" | "lastModified">,
): Promise<GcsObject> {
	const before = state.objects.get(key);
	const stored = { ...object, key, generation: state.nextGeneration(), lastModified: new Date() };
	state.objects.set(key, stored);
	await before?.bytes.discard();
	return stored;
}

/** Checks `x-goog-if-generation-match`; 0 stands for no object. */
export function checkGeneration({ state, request, key }: GcsCall): void {
	const expected = request.headers.get("x-goog-if-generation-match");
	if (expected === undefined) return;
	if (!/^\d+$/.test(expected)) throw new GcsError("InvalidArgument");
	if (expected !== (state.objects.get(key)?.generation ?? "0")) {
		throw new GcsError("PreconditionFailed");
	}
}

const stored =
	/^(cache-control|content-(disposition|encoding|language|type)|x-goog-(meta-.+|storage-class|acl|encryption-kms-key-name))$/;

/** The attributes that an object takes from the request that creates it. */
export function attributesOf({ headers }: S3Request): ReadonlyMap<string, string> {
	return new Map([...headers].filter(([name]) => stored.test(name)));
}
