/** Checksums by their wire names. A value is always base64 of the digest's big-endian bytes. */
export type ChecksumAlgorithm = "crc32" | "crc32c" | "crc64nvme" | "md5" | "sha256";

/** A digest of a whole object or of one part. */
export interface Checksum {
	readonly algorithm: ChecksumAlgorithm;
	/** Base64 of the big-endian digest bytes. */
	readonly value: string;
}

/**
 * What a status means on this storage where it differs from the usual: the object `exists`, `retry` the
 * request, get a fresh URL (`resign`), `ask` the server by `/complete`, or `fail`.
 */
export type Outcome = "exists" | "retry" | "resign" | "ask" | "fail";

/**
 * Meanings by status (`"404"`), or by status and the storage's own error code (`"400 BadDigest"`), which
 * wins. What is not listed has its usual meaning.
 */
export type Outcomes = Readonly<Record<string, Outcome>>;

/** When a signed URL expires. */
export interface Validity {
	/** Seconds from receipt; independent of the client's clock. */
	readonly expiresIn: number;
	/** ISO 8601, UTC. */
	readonly expiresAt: string;
}

/** One HTTP request, to be sent exactly as given. It names no cloud. */
export interface SignedRequest extends Validity {
	readonly method: "PUT";
	readonly url: string;
	/** Every header to set. Never a name that browsers forbid: the length comes from the body. */
	readonly headers: Readonly<Record<string, string>>;
	/** Response header without which a 2xx does not count as stored; null where the status counts. */
	readonly receiptHeader: string | null;
	readonly outcomes?: Outcomes | undefined;
}

/**
 * Signed requests for consecutive parts. Part n goes to `urls[n % urls.length]` with `{partNumber}`
 * replaced by n and `{value}` by `values[n - first]`, both literally: they are percent-encoded already.
 */
export interface PartWindow extends Validity {
	/** Number of the first part; parts are counted from 1. */
	readonly first: number;
	readonly count: number;
	readonly method: "PUT";
	/** One template for each host name of the bucket. */
	readonly urls: readonly string[];
	readonly values: readonly string[];
	readonly headers: Readonly<Record<string, string>>;
	/** Response header without which a 2xx does not count as stored; null where the status counts. */
	readonly receiptHeader: string | null;
	/** A checksum header that the storage verifies on every part. */
	readonly partChecksum?:
		| {
				readonly algorithm: ChecksumAlgorithm;
				readonly header: string;
				readonly encoding: "base64";
		  }
		| undefined;
	readonly outcomes?: Outcomes | undefined;
}

/** `digest` asks the client to compute a digest first, at most once per upload. */
export type PlanKind = "single" | "multipart" | "digest";

/** Body of `POST {base}`. */
export interface CreateRequest {
	readonly v: 1;
	readonly key: string;
	/** Bytes; null when the length is not known yet, which makes a multipart plan. */
	readonly size: number | null;
	readonly contentType?: string | undefined;
	/** Asks for one kind; the server decides within the storage's limits. */
	readonly multipart?: boolean | undefined;
	/** The kinds of plan that the client supports. */
	readonly kinds: readonly PlanKind[];
	/** Input of the rule's metadata schema. */
	readonly metadata?: unknown;
	/** What the client can compute; absent where it is to compute nothing. */
	readonly algorithms?: readonly ChecksumAlgorithm[] | undefined;
	/** Digests of the whole file, where the client knows them. */
	readonly checksums?: readonly Checksum[] | undefined;
}

export interface SinglePlan {
	readonly v: 1;
	readonly kind: "single";
	readonly key: string;
	readonly uploadId: string;
	readonly token: string;
	readonly request: SignedRequest;
	/** True: call `/complete` after the PUT. `verdict`: the file is processed first, so it may answer 202 for long. */
	readonly confirm: boolean | "verdict";
	/** By which the body is verified; absent where nothing verifies it. */
	readonly algorithm?: ChecksumAlgorithm | undefined;
}

export interface MultipartPlan {
	readonly v: 1;
	readonly kind: "multipart";
	readonly key: string;
	readonly uploadId: string;
	readonly token: string;
	/** Bytes; null when the length is not known yet. */
	readonly size: number | null;
	/** Bytes of every part but the last. */
	readonly partSize: number;
	readonly partCount: number | null;
	readonly window: PartWindow;
	/** By which the object or every part is verified; absent where nothing verifies them. */
	readonly algorithm?: ChecksumAlgorithm | undefined;
}

/** Answer 200 of `POST {base}`: nothing has begun. The client computes this digest and asks again. */
export interface DigestPlan {
	readonly v: 1;
	readonly kind: "digest";
	readonly algorithm: ChecksumAlgorithm;
}

/** Answer of `POST {base}`: all a client needs to store the object, or what it has to compute first. */
export type UploadPlan = SinglePlan | MultipartPlan | DigestPlan;

/** Query of `GET {base}`. */
export interface SignRequest {
	readonly key: string;
	readonly contentType?: string | undefined;
	readonly size?: number | undefined;
	/** Signed with the URL; as `checksum=alg:value` in the query. */
	readonly checksum?: Checksum | undefined;
}

/** Answer of `GET {base}?key=`: the plain contract. */
export interface SignReply {
	readonly uploadURL: string;
	readonly key: string;
	readonly method: "PUT";
	readonly headers: Readonly<Record<string, string>>;
	/** ISO 8601, UTC. */
	readonly expiresAt: string;
}

/** Body of `POST {base}/parts`. */
export interface PartsRequest {
	readonly token: string;
	readonly first: number;
	readonly count: number;
	/** Bytes of the short last part, when the length was unknown at the start; `count` is 1 then. */
	readonly lastSize?: number | undefined;
	/** Index into the `urls` of the upload's first window: the answer has that one alone. */
	readonly host?: number | undefined;
}

/** Answer of `POST {base}/parts`. May hold fewer parts than asked. */
export interface PartsReply extends PartWindow {
	/** A fresh token, below half of the old one's life. */
	readonly token?: string | undefined;
}

/** Body of `POST {base}/list`. */
export interface ListRequest {
	readonly token: string;
	/** List the parts above this number. */
	readonly after?: number | undefined;
}

export interface StoredPart {
	readonly partNumber: number;
	/** Bytes. */
	readonly size: number;
	readonly receipt?: string | undefined;
	readonly checksum?: Checksum | undefined;
}

/** Answer of `POST {base}/list`. */
export interface ListReply {
	readonly parts: readonly StoredPart[];
	/** Present while there are more: the `after` of the next call. */
	readonly next?: number | undefined;
	readonly token?: string | undefined;
}

/** Body of `POST {base}/complete`. */
export interface CompleteRequest {
	readonly token: string;
	/** Bytes of the whole object; required where the plan's size was null. */
	readonly size?: number | undefined;
	/** Of the whole object. */
	readonly checksum?: Checksum | undefined;
	/**
	 * Base64 SHA-256 over one line `partNumber:receipt\n` a part, in order; absent unless the client holds
	 * the receipts of all parts.
	 */
	readonly receipts?: string | undefined;
	/**
	 * Status and error code with which the storage refused the file, as `403 AccessDenied`: for the server's log.
	 * After a 400 of the storage to every part, an upload whose parts may need digests is ended, and the answer has
	 * `restart`.
	 */
	readonly refusal?: string | undefined;
	/** False: answer as soon as the file is stored, without waiting until it was processed. @default true */
	readonly wait?: boolean | undefined;
}

/** Answer 200 of `POST {base}/complete`. */
export interface CompleteReply<Data = unknown> {
	readonly key: string;
	/** Bytes. */
	readonly size: number;
	readonly etag?: string | undefined;
	readonly version?: string | undefined;
	/** Only where it is verified. */
	readonly checksum?: Checksum | undefined;
	/** Whether any other bytes would have been noticed. */
	readonly verified: boolean;
	/** What the rule's `onComplete` returned. */
	readonly data?: Data | undefined;
	/** Signed statement of what was stored: base64url(JSON) "." base64url(Ed25519 signature of the first part). */
	readonly proof?: string | undefined;
	/** False while the file is not at its key, because it was not processed yet or is held. @default true */
	readonly available?: boolean | undefined;
	/** Why it is held. */
	readonly reason?: string | undefined;
}

/** Answer 202 of `POST {base}/complete`: ask again. */
export interface PendingReply {
	readonly state: "pending";
	/** Seconds. */
	readonly retryAfter: number;
}

/** Body of `POST {base}/abort`. */
export interface AbortRequest {
	readonly token: string;
}
