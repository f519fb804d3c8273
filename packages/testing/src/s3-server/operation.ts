import type { Payload } from "./authenticate.js";
import type { Shelf } from "./blob-store.js";
import type { Bucket } from "./buckets.js";
import type { AuthRules } from "./credential-scope.js";
import type { S3Request } from "./s3-request.js";

/** The storage itself: who may use it, and what it holds. */
export interface Site extends AuthRules {
	readonly buckets: Map<string, Bucket>;
	readonly shelf: Shelf;
}

/** A request whose signature has been verified. */
export interface Call {
	readonly site: Site;
	readonly request: S3Request;
	readonly payload: Payload;
}

/** A call on a bucket that exists. */
export interface BucketCall extends Call {
	readonly bucket: Bucket;
}

/** A call on a key, which may or may not hold an object. */
export interface ObjectCall extends BucketCall {
	readonly key: string;
}

export interface Reply {
	readonly status: number;
	readonly headers?: Readonly<Record<string, string>>;
	/** A document, or bytes that are kept. */
	readonly body?: string | { readonly size: number; readonly stream: AsyncIterable<Buffer> };
}

/** An answer with a document. */
export const documentReply = (body: string, headers: Record<string, string> = {}): Reply => ({
	status: 200,
	headers: { "content-type": "application/xml", ...headers },
	body,
});
