import type { Outcome } from "#protocol";
import { isObject, type UploadErrorCode } from "../errors.js";
import type { Target } from "../platform.js";
import { classifyResponse } from "./retry.js";

/** A response that is no success; of the endpoint, also a 2xx that is not a Skyput reply. */
export interface FailedResponse {
	readonly peer: Target["peer"];
	readonly status: number;
	/** What it meant for the request; `ask`: nothing of it is stored, and something else than the storage answered. */
	readonly outcome: Outcome;
	/** The storage's error code. */
	readonly code?: string | undefined;
	/** The storage refuses a body that comes without a digest. */
	readonly wantsDigest?: boolean | undefined;
	/** Of the storage, for the message. */
	readonly origin?: string;
	/** The call to the endpoint. */
	readonly call?: Call | undefined;
	/** Of the endpoint: the text of a 2xx, else the JSON. */
	readonly body?: unknown;
	/** Where the endpoint redirected the call to, if that is all that it did; empty where the runtime hides it. */
	readonly redirectedTo?: string | undefined;
}

/** One call to the endpoint, and what its responses so far said. */
export interface Call {
	readonly url: URL;
	/** Absent of a GET. */
	readonly body?: object | undefined;
	/** Whether `url` is what it was redirected to. */
	readonly redirected?: boolean;
	/** Responses so far that a competing write was the cause of. */
	readonly conflicts: number;
}

/** The codes of a gateway's responses. */
const codesByStatus: Readonly<Record<number, UploadErrorCode>> = {
	401: "unauthenticated",
	403: "forbidden",
	404: "not-found",
	405: "not-found",
	409: "conflict",
	412: "conflict",
	429: "rate-limited",
	501: "unsupported",
	503: "storage-unavailable",
};

/** The code of the error, and what to do about it. */
export function advise({
	peer,
	status,
	outcome,
	call,
	body,
	redirectedTo,
	wantsDigest,
}: FailedResponse): readonly [code: UploadErrorCode, advice: string] {
	if (redirectedTo !== undefined) {
		const to = redirectedTo.replace(/[?#].*/s, "");
		const advice = `The endpoint redirects${to && ` to ${to}`} (trailing slash, https, or a login page?). Set \`endpoint\` to the final URL.`;
		return ["invalid-request", advice];
	}
	if (outcome === "ask" || status === 407 || status === 511) {
		const advice = "a captive portal, login page or proxy? Sign in there.";
		return ["blocked", advice];
	}
	if (peer === "endpoint") {
		// frameworks put their 404 and 405 into JSON
		const rewritten =
			status < 500 && status !== 404 && status !== 405 && isObject(body)
				? " Or the handler's errors are rewritten: see its log."
				: "";
		const guess = status < 500 ? "invalid-request" : "internal";
		return [codesByStatus[status] ?? guess, adviseEndpoint(status, call, body) + rewritten];
	}
	if (status === 413) {
		const advice = "the storage or proxy has a body limit: raise it.";
		return ["too-large", advice];
	}
	if (outcome === "retry") {
		return classifyResponse(status) === "retry"
			? ["storage-unavailable", "try again later."]
			: ["storage-error", "bytes or the file changed: send it again."];
	}
	if (wantsDigest) {
		const advice =
			"the bucket requires Content-MD5. Set `capabilities: { checksums: { required: true } }` of the provider.";
		return ["unsupported", advice];
	}
	return outcome === "resign"
		? ["forbidden", "check the bucket's policy and the handler's credentials."]
		: ["storage-error", "check the bucket and the handler's settings."];
}

/** What to do where the path of an operation leads elsewhere; null for other paths. */
export function adviseRouting(path = ""): string | null {
	const found = /^(.*)\/(parts|list|complete|abort|status|delete|rules|download)\/?$/.exec(path);
	return (
		found && `route GET and POST ${found[1]}/* to the upload handler, not only ${found[1] || "/"}.`
	);
}

/** Frameworks answer in the place of a route that returns nothing. */
const returning = "that the route returns (or awaits) its response.";

/** What to do where something in front of the upload handler has answered, or another server. */
function adviseEndpoint(status: number, call: Call | undefined, body: unknown): string {
	const routing = adviseRouting(call?.url.pathname);
	if (body === "") return `nothing. Check ${returning}`;
	if (status < 300) {
		return `not a Skyput response, but HTML (login page, single-page app, its route's component?): ${routing ?? "check `endpoint`, and that both packages have the same version."}`;
	}
	if (status === 401) return "sign in again, or check `headers` and the authorizer.";
	if (status === 403) return "check the path of `endpoint`, and the gateway or firewall.";
	// servers of files alone answer 501
	if (/40[45]|501/.test(`${status}`)) {
		return (
			routing ??
			`no upload handler. Check the path of \`endpoint\`, that GET and POST are routed, and ${returning}`
		);
	}
	if (status === 413) return "a gateway or a proxy has a body limit below 64 kB: raise it.";
	if (status === 429) return "wait, or raise its limit.";
	if (status >= 500)
		return `the upload handler failed, or was too slow for its gateway: see the logs, and check ${returning}`;
	return "check `endpoint`.";
}
