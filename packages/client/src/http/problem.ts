import type { ErrorCode, Problem } from "#protocol";
import { UploadError } from "../errors.js";
import { isObject } from "../is-object.js";
import { judge } from "./retry.js";

/** The codes of a gateway's answers, which speak no problem+json. */
const codesByStatus: Readonly<Record<number, ErrorCode>> = {
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

/** The error that the endpoint's answer stands for. */
export function readProblem(status: number, body: unknown): UploadError {
	const { code, detail, errors, requestId } = isProblem(body)
		? body
		: {
				code: codesByStatus[status] ?? (status < 500 ? "invalid-request" : "internal"),
				detail: `The endpoint answered ${status}: check \`endpoint\`.`,
			};
	// a newer server's code is better than a guess of ours
	return new UploadError(code as ErrorCode, detail, {
		status,
		retryable: judge(status) === "retry",
		errors,
		requestId,
	});
}

type Known = Pick<Problem, "code" | "detail"> & Partial<Pick<Problem, "errors" | "requestId">>;

const isProblem = (body: unknown): body is Known =>
	isObject(body) && "code" in body && typeof body.code === "string" && "detail" in body;
