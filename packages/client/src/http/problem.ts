import type { ErrorCode, Problem } from "#protocol";
import { isObject, UploadError } from "../errors.js";
import { advise, type BareAnswer } from "./advice.js";

type Known = Pick<Problem, "detail"> & { readonly code: ErrorCode } & Partial<
		Pick<Problem, "errors" | "requestId">
	>;

/** Whether a body is an error in the endpoint's own words. A newer server's code is better than a guess of ours. */
export const isProblem = (body: unknown): body is Known =>
	isObject(body) && "code" in body && typeof body.code === "string" && "detail" in body;

/** The error that an answer stands for. */
export function describe(answer: BareAnswer, problem?: Known): UploadError {
	const { peer, status, outcome, code = "" } = answer;
	const retryable = outcome === "retry";
	if (problem) {
		const { errors, requestId } = problem;
		return new UploadError(problem.code, problem.detail, { status, retryable, errors, requestId });
	}
	const [name, advice] = advise(answer);
	const message = `The ${peer} answered ${status}${code && ` ${code}`}: ${advice}`;
	return new UploadError(name, message, { status, retryable });
}
