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
	/** Where the endpoint redirected the call to. */
	readonly redirectedTo?: string | undefined;
}

type KnownProblem = Pick<Problem, "detail"> & { readonly code: ErrorCode } & Partial<
		Pick<Problem, "errors" | "requestId" | "restart">
	>;

/**
 * Whether a response is the endpoint's own error, not one of a proxy, firewall or login page on the way. The
 * code of a newer server is better than a guess here.
 */
const isProblem = ({ headers }: Response, body: unknown): body is KnownProblem =>
	/^application\/problem\+json/.test(headers.get("content-type") ?? "") &&
	isObject(body) &&
	"code" in body &&
	typeof body.code === "string" &&
	"detail" in body;

/** Errors that stand for a response of the storage. */
const storageErrors = new WeakSet<UploadError>();

export const isStorageError = (error: UploadError): boolean => storageErrors.has(error);

/**
 * The error that a response stands for.
 *
 * @param problem the endpoint's own words, where the body has them
 */
export function toUploadError(response: FailedResponse, problem?: KnownProblem): UploadError {
	const { peer, status, outcome, code = "" } = response;
	const retryable = outcome === "retry";
	if (problem) {
		const { errors, requestId, restart } = problem;
		const options = { status, retryable, errors, requestId, restart };
		return new UploadError(problem.code, problem.detail, options);
	}
	const [name, advice] = advise(response);
	const message = `The ${peer} answered ${status}${code && ` ${code}`}: ${advice}`;
	const error = new UploadError(name, message, { status, retryable });
	if (peer === "storage") storageErrors.add(error);
	return error;
}

/** The codes of a gateway's responses. */
const codesByStatus: Readonly<Record<number, UploadErrorCode>> = {
	401: "unauthenticated",
	403: "forbidden",
	404: "not-found",
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
	redirectedTo,
}: FailedResponse): readonly [code: UploadErrorCode, advice: string] {
	// a 301 or 302 turns the POST into a GET, whose status says nothing
	if (redirectedTo) {
		const address = redirectedTo.replace(/[?#].*$/s, "");
		return ["invalid-request", `it redirects, so set \`endpoint\` to ${address}.`];
	}
	if (peer === "endpoint") {
		const guess = status < 500 ? "invalid-request" : "internal";
		return [codesByStatus[status] ?? guess, "check `endpoint`, and what stands in front of it."];
	}
	if (status === 413) return ["too-large", "send a smaller file."];
	if (outcome === "retry" && classifyResponse(status) === "retry") {
		return ["storage-unavailable", "try again later."];
	}
	if (outcome === "retry")
		return [
			"storage-error",
			"bytes were lost or changed on the way, or the file has changed; send it again.",
		];
	return outcome === "resign"
		? ["forbidden", "check the bucket's policy and the upload handler's credentials."]
		: ["storage-error", "check the bucket and the upload handler's settings."];
}

/**
 * What a response of the endpoint other than a 2xx means.
 *
 * @param body parsed
 * @param conflicts responses to this call so far that a competing write was the cause of
 */
export function explainResponse(
	request: object,
	response: Response,
	body: unknown,
	conflicts: number,
): Failure {
	const { status, redirected, url } = response;
	// a redirect that turns the POST into a GET ends in a response that says nothing
	const problem = isProblem(response, body) && !(redirected && status === 405) ? body : undefined;
	// of a single request only the right to look can be missing, which another attempt does not change
	const undecided = "receipts" in request && problem?.code === "conflict";
	const repeats = undecided ? conflicts < 2 : classifyResponse(status) === "retry";
	const outcome = repeats ? "retry" : "fail";
	const redirectedTo = redirected ? url : undefined;
	return [outcome, toUploadError({ peer: "endpoint", status, outcome, redirectedTo }, problem)];
}
