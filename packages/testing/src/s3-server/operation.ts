import type { Payload } from "./authenticate.js";
import type { BlobStore } from "./blob-store.js";
import type { Bucket } from "./buckets.js";
import type { ServiceBehaviour } from "./compatibility.js";
import type { AuthRules } from "./credential-scope.js";
import type { S3Request } from "./s3-request.js";

/** The state of a server: its credentials and its buckets. */
export interface S3State extends AuthRules {
	readonly buckets: Map<string, Bucket>;
	readonly blobs: BlobStore;
	readonly behaviour: ServiceBehaviour;
	/** Buckets have Object Lock with a default retention. */
	readonly objectLock: boolean;
}

/** A request with a valid signature. */
export interface S3Call {
	readonly state: S3State;
	readonly request: S3Request;
	readonly payload: Payload;
}

/** A call on a bucket that exists. */
export interface BucketCall extends S3Call {
	readonly bucket: Bucket;
}

/** A call on a key, which may or may not hold an object. */
export interface ObjectCall extends BucketCall {
	readonly key: string;
}

export interface S3Reply {
	readonly status: number;
	readonly headers?: Readonly<Record<string, string>>;
	/** A document, or stored bytes. */
	readonly body?: string | { readonly size: number; readonly stream: AsyncIterable<Buffer> };
}

/** A response with an XML document. */
export const documentReply = (body: string, headers: Record<string, string> = {}): S3Reply => ({
	status: 200,
	headers: { "content-type": "application/xml", ...headers },
	body,
});
