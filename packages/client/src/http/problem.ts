import type { ErrorCode, Problem } from "#protocol";
import { UploadError } from "../errors.js";
import type { Answer } from "./attempts.js";
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
export function readProblem({ response: { status }, body }: Answer): UploadError {
	// a newer server's code is better than a guess of ours
	if (isProblem(body)) return fromProblem(status, body);
	const code = codesByStatus[status] ?? (status < 500 ? "invalid-request" : "internal");
	const message = `The endpoint answered ${status}: check \`endpoint\`.`;
	return new UploadError(code, message, { status, retryable: judge(status) === "retry" });
}

function fromProblem(status: number, { code, detail, errors, requestId }: Problem): UploadError {
	return new UploadError(code as ErrorCode, detail, {
		status,
		retryable: judge(status) === "retry",
		...(errors ? { errors } : {}),
		...(requestId ? { requestId } : {}),
	});
}

function isProblem(body: unknown): body is Problem {
	if (typeof body !== "object" || body === null) return false;
	return "code" in body && typeof body.code === "string" && "detail" in body;
}
