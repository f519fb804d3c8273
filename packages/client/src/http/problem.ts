import type { ErrorCode, Problem } from "#protocol";
import { isObject, UploadError } from "../errors.js";
import type { Failure } from "../platform.js";
import { advise, type Call, type FailedResponse } from "./advice.js";
import { classifyResponse } from "./retry.js";

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

/** Status and code of the storage's responses, by the error that stands for one. */
const refusals = new WeakMap<object, string>();

/** Status and code of the storage's response that an error stands for, as `403 AccessDenied`. */
export const refusalOf = (error: unknown): string | undefined => refusals.get(error as UploadError);

/**
 * Errors that stand for an answer of something else in the endpoint's place: a proxy, a firewall or a login page; but
 * those that were retried already, a redirect that no browser follows (status 0), and 401, after which the caller has
 * signed in again.
 */
export const foreignErrors: WeakSet<object> = new WeakSet();

const describeCall = ({ url: { origin, pathname }, body, redirected }: Call): string =>
	`${body ? "POST" : "GET"} ${pathname} at ${origin}${redirected ? " (redirected)" : ""}`;

/**
 * The error that a response stands for.
 *
 * @param problem the endpoint's own words, where the body has them
 */
export function toUploadError(response: FailedResponse, problem?: KnownProblem): UploadError {
	const { peer, origin, status, outcome, code = "" } = response;
	const isStranger = outcome === "ask";
	const retryable = isStranger || outcome === "retry";
	if (problem) {
		const { errors, requestId, restart, values } = problem;
		const options = { status, retryable, errors, requestId, restart, values };
		return new UploadError(problem.code, problem.detail, options);
	}
	const [name, advice] = advise(response);
	const { call, redirectedTo } = response;
	const storage = isStranger ? `Something other than the storage at ${origin}` : "The storage";
	const from = call ? describeCall(call) : storage;
	const answer = `${status}${code && ` ${code}`}`;
	const message = redirectedTo === undefined ? `${from} answered ${answer}: ${advice}` : advice;
	const error = new UploadError(name, message, { status, retryable });
	if (peer === "storage") {
		if (!isStranger) refusals.set(error, answer);
	} else if (!retryable && status && status !== 401) foreignErrors.add(error);
	return error;
}

/**
 * What a response of the endpoint means that is no reply of an upload handler.
 *
 * @param body the text of a 2xx, else parsed
 */
export function explainResponse(call: Call, response: Response, body?: unknown): Failure {
	const { status, redirected, type, headers } = response;
	const problem = isProblem(response, body) ? body : undefined;
	// of a single request only the right to look can be missing, which another attempt does not change
	const undecided = call.body && "receipts" in call.body && problem?.code === "conflict";
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
		toUploadError(
			{ peer: "endpoint", status, outcome, call: answered, body, redirectedTo },
			problem,
		),
	];
}
