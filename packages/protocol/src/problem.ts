/** RFC 9457 body of every error reply. */
export interface Problem {
	readonly type: string;
	readonly title: string;
	readonly status: number;
	readonly detail: string;
	/** Stable; act on this one. */
	readonly code: string;
	readonly requestId: string;
	readonly errors?: readonly ProblemDetail[] | undefined;
	/** The numbers and names in `detail`, for an app that writes its own sentence. Sizes in bytes. */
	readonly values?: ProblemValues | undefined;
	/** Whether the upload may begin anew: the server has removed what was stored. */
	readonly restart?: boolean | undefined;
}

/** Numbers and names by what they are, such as `limit`, `size` or `contentType`. */
export type ProblemValues = Readonly<Record<string, string | number>>;

/** One of several things that are wrong, by the place where it stands. */
export interface ProblemDetail {
	readonly detail: string;
	/** A member of the request, such as `key` or `metadata.title`. */
	readonly field?: string | undefined;
	/** A part of a multipart upload. */
	readonly partNumber?: number | undefined;
}
