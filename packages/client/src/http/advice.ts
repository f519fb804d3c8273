import type { Outcome } from "#protocol";
import type { UploadErrorCode } from "../errors.js";
import type { Target } from "../platform.js";

/** An answer that does not explain itself as the endpoint's problem+json does. */
export interface BareAnswer {
	readonly peer: Target["peer"];
	readonly status: number;
	/** What it meant for the request. */
	readonly outcome: Outcome;
	/** The storage's error code. */
	readonly code?: string | undefined;
	/** Where the endpoint sent the call instead. */
	readonly redirectedTo?: string | undefined;
}

/** The codes of a gateway's answers. */
const codesByStatus: Readonly<Record<number, UploadErrorCode>> = {
	401: "unauthenticated",
	403: "forbidden",
	404: "not-found",
	409: "conflict",
	412: "conflict",
	413: "too-large",
	429: "rate-limited",
	501: "unsupported",
	503: "storage-unavailable",
};

/** The code of the error that such an answer stands for, and what to do about it. */
export function advise({
	peer,
	status,
	outcome,
	code,
	redirectedTo,
}: BareAnswer): readonly [code: UploadErrorCode, advice: string] {
	// a 301 or 302 turns the POST into a GET, whose answer would only mislead
	if (redirectedTo) {
		const address = redirectedTo.replace(/[?#].*$/s, "");
		return ["invalid-request", `it redirects, so set \`endpoint\` to ${address}.`];
	}
	if (peer === "endpoint") {
		const guess = status < 500 ? "invalid-request" : "internal";
		return [codesByStatus[status] ?? guess, "check `endpoint`."];
	}
	if (code === "NoSuchUpload") return ["upload-not-found", "begin the upload again."];
	if (code === "BadDigest" || code === "XAmzContentChecksumMismatch") {
		return ["checksum-mismatch", "the file may have changed; send it again."];
	}
	if (code === "EntityTooLarge" || status === 413) return ["too-large", "send a smaller file."];
	if (outcome === "retry") return ["storage-unavailable", "try again later."];
	return outcome === "resign"
		? ["forbidden", "check the bucket's policy and the upload handler's credentials."]
		: ["storage-error", "check the bucket and the upload handler's settings."];
}
