import type { ErrorCode, Outcome, Problem } from "#protocol";
import { isObject, UploadError, type UploadErrorCode } from "../errors.js";
import type { Failure, Target } from "../platform.js";
import { classifyResponse } from "./retry.js";

/** A response other than a 2xx. */
export interface FailedResponse {
	readonly peer: Target["peer"];
	readonly status: number;
	/** What it meant for the request. */
	readonly outcome: Outcome;
	/** The storage's error code. */
	readonly code?: string | undefined;
	/** The storage refuses a body that comes without a digest. */
	readonly wantsDigest?: boolean | undefined;
	/** The call to the endpoint. */
	readonly call?: Call | undefined;
	/** Where the endpoint redirected the call to, if that is all that it did; empty where the runtime hides it. */
	readonly redirectedTo?: string | undefined;
}

/** One call to the endpoint, and what its responses so far said. */
export interface Call {
	readonly url: URL;
	readonly body: object;
	/** Whether `url` is what it was redirected to. */
	readonly redirected?: boolean;
	/** Responses so far that a competing write was the cause of. */
	readonly conflicts: number;
}

type KnownProblem = Pick<Problem, "detail"> & { readonly code: ErrorCode } & Partial<
		Pick<Problem, "errors" | "requestId" | "restart" | "values">
	>;

/**
 * Whether a response is the endpoint's own error, not one of a proxy, firewall or login page on the way. The
 * code of a newer server is better than a guess here.
 */
export const isProblem = ({ headers }: Response, body: unknown): body is KnownProblem =>
	/^application\/problem\+json/.test(headers.get("content-type") ?? "") &&
	isObject(body) &&
	"code" in body &&
	typeof body.code === "string" &&
	body.code !== "" &&
	"detail" in body;

/** Errors that stand for a response of the storage. */
const storageErrors = new WeakSet<UploadError>();

export const isStorageError = (error: unknown): boolean => storageErrors.has(error as UploadError);

/**
 * The error that a response stands for.
 *
 * @param problem the endpoint's own words, where the body has them
 */
export function toUploadError(response: FailedResponse, problem?: KnownProblem): UploadError {
	const { peer, status, outcome, code = "" } = response;
	const retryable = outcome === "retry";
	if (problem) {
		const { errors, requestId, restart, values } = problem;
		const options = { status, retryable, errors, requestId, restart, values };
		return new UploadError(problem.code, problem.detail, options);
	}
	const [name, advice] = advise(response);
	const { call, redirectedTo } = response;
	const from = call ? describeCall(call) : `The ${peer}`;
	const message =
		redirectedTo === undefined
			? `${from} answered ${status}${code && ` ${code}`}: ${advice}`
			: advice;
	const error = new UploadError(name, message, { status, retryable });
	if (peer === "storage") storageErrors.add(error);
	return error;
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
function advise({
	peer,
	status,
	outcome,
	call,
	redirectedTo,
	wantsDigest,
}: FailedResponse): readonly [code: UploadErrorCode, advice: string] {
	if (redirectedTo !== undefined) {
		const to = redirectedTo.replace(/[?#].*$/s, "");
		const advice = `The endpoint redirects${to && ` to ${to}`} (trailing slash, http to https, or a login page?). Set \`endpoint\` to the final URL.`;
		return ["invalid-request", advice];
	}
	if (peer === "endpoint") {
		const guess = status < 500 ? "invalid-request" : "internal";
		return [codesByStatus[status] ?? guess, adviseEndpoint(status, call)];
	}
	if (status === 413) {
		const advice =
			"the storage or a proxy has a lower body limit: raise it, or send smaller parts.";
		return ["too-large", advice];
	}
	if (outcome === "retry" && classifyResponse(status) === "retry") {
		return ["storage-unavailable", "try again later."];
	}
	if (outcome === "retry")
		return [
			"storage-error",
			"bytes were lost or changed on the way, or the file has changed; send it again.",
		];
	if (wantsDigest) {
		const advice =
			"the bucket requires Content-MD5. Set `capabilities: { checksums: { required: true } }` of the provider.";
		return ["unsupported", advice];
	}
	return outcome === "resign"
		? ["forbidden", "check the bucket's policy and the upload handler's credentials."]
		: ["storage-error", "check the bucket and the upload handler's settings."];
}

const describeCall = ({ url: { origin, pathname }, redirected }: Call): string =>
	`POST ${pathname} at ${origin}${redirected ? " (redirected)" : ""}`;

/** What to do where the path of an operation leads elsewhere; undefined for other paths. */
export function adviseRouting(path = ""): string | undefined {
	const [, base] = /^(.*)\/(?:parts|list|complete|abort)$/.exec(path) ?? [];
	return base && `route POST ${base}/* to the upload handler, not only ${base}.`;
}

/** What to do where something in front of the upload handler has answered, or another server. */
function adviseEndpoint(status: number, call?: Call): string {
	if (status < 300) {
		return "not a Skyput response, but the HTML of a login page or single-page app? Check `endpoint`, and that both packages have the same version.";
	}
	if (status === 401)
		return "sign in again, or check the `headers` option and the gateway's authorizer.";
	if (status === 403)
		return "check the path of `endpoint`, and the rules of the gateway or firewall.";
	if (status === 404 || status === 405) {
		const routing = adviseRouting(call?.url.pathname);
		return routing ?? "no upload handler is there. Check the path of `endpoint`.";
	}
	if (status === 413)
		return `a gateway or proxy has a body limit below the ${JSON.stringify(call?.body).length} bytes of this call: raise it to 64 kB.`;
	if (status === 429) return "wait, or raise the gateway's limit.";
	if (status >= 500)
		return "the upload handler failed, or was too slow for its gateway: see the logs of both.";
	return "check `endpoint`, and what stands in front of it.";
}

/**
 * What a response of the endpoint means that is no reply of an upload handler.
 *
 * @param body parsed, of a response other than a 2xx
 */
export function explainResponse(call: Call, response: Response, body?: unknown): Failure {
	const { status, redirected, type, headers } = response;
	const problem = isProblem(response, body) ? body : undefined;
	// of a single request only the right to look can be missing, which another attempt does not change
	const undecided = "receipts" in call.body && problem?.code === "conflict";
	// an upload handler says when a failure of its own may pass
	const isFinal = problem && status >= 500 && status !== 503 && !headers.has("retry-after");
	const repeats = undecided ? call.conflicts < 2 : !isFinal && classifyResponse(status) === "retry";
	const outcome = repeats ? "retry" : "fail";
	const redirects = type === "opaqueredirect" || (status >= 300 && status < 400);
	// an error behind a redirect is the answer; a page is what the redirect leads to
	const redirectedTo =
		redirected && status < 300
			? response.url
			: redirects
				? (headers.get("location") ?? "")
				: undefined;
	const isElsewhere = redirected && URL.canParse(response.url);
	const answered = isElsewhere ? { ...call, url: new URL(response.url), redirected } : call;
	return [
		outcome,
		toUploadError({ peer: "endpoint", status, outcome, call: answered, redirectedTo }, problem),
	];
}
