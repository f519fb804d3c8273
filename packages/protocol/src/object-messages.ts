/** Query of `GET {base}/rules`. */
export interface RulesRequest {
	readonly key: string;
}

/** Answer of `GET {base}/rules`: what an upload to the key must meet. What is absent is not limited. */
export interface RulesReply {
	/** Bytes. */
	readonly maxSize?: number | undefined;
	/** Bytes. */
	readonly minSize?: number | undefined;
	/** Such as `image/png` or `image/*`. */
	readonly contentTypes?: readonly string[] | undefined;
	/** Lower-case, without the dot. */
	readonly extensions?: readonly string[] | undefined;
}

/** Whether a browser shows a downloaded object or saves it. */
export type Disposition = "inline" | "attachment";

/** Query of `GET {base}/download`. */
export interface DownloadRequest {
	readonly key: string;
	/** The name to save it as. */
	readonly filename?: string | undefined;
	readonly disposition?: Disposition | undefined;
	/** Answers with a redirect, for `<img>`, `<video>` and links. */
	readonly redirect?: boolean | undefined;
}

/** Answer 200 of `GET {base}/download`. */
export interface DownloadReply {
	readonly url: string;
	readonly method: "GET";
	readonly headers: Readonly<Record<string, string>>;
	/** ISO 8601, UTC. */
	readonly expiresAt: string;
}

/** Answer 302 of `GET {base}/download`, sent as the Location header. */
export interface RedirectReply {
	readonly location: string;
}

/** Body of `POST {base}/delete`. */
export interface DeleteRequest {
	readonly key: string;
}

/** Body of `POST {base}/status`: one of the two. */
export interface StatusRequest {
	/** Of an upload. */
	readonly token?: string | undefined;
	/** Of an object. */
	readonly key?: string | undefined;
}

/** Answer of `POST {base}/status`. */
export interface StatusReply {
	readonly state: "uploading" | "pending" | "available" | "rejected";
	/** Why it was rejected, or is held while it is `pending`. */
	readonly reason?: string | undefined;
}
