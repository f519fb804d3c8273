import type { OperationName } from "@skyput/protocol";
import { type Answer, describeAnswer } from "../../exchange.js";
import { type Finding, type FindingCode, finding } from "../finding.js";
import { type EndpointSubject, post, problemOf } from "./call.js";

/** By the code of an error of the contract, where it is about the set-up. */
const byCode: Readonly<Record<string, FindingCode>> = {
	unauthenticated: "unauthenticated",
	forbidden: "key-refused",
	"invalid-key": "key-refused",
	"invalid-size": "key-refused",
	"unsupported-type": "key-refused",
	"too-large": "key-refused",
	"quota-exceeded": "key-refused",
	"already-exists": "key-refused",
	internal: "handler-error",
	conflict: "storage-refused",
	"storage-error": "storage-refused",
	"storage-unavailable": "storage-refused",
};

/** What a refused call says about the set-up. */
export function refusal(operation: OperationName, answer: Answer): Finding {
	const problem = problemOf(answer);
	if (!problem) return finding("operation-failed", `${operation} got ${describeAnswer(answer)}.`);
	const { code, detail, requestId } = problem;
	const seen = `${operation} got ${answer.status} ${code}: ${detail} (request ${requestId})`;
	if (code === "unsupported" && /token secret/.test(detail)) {
		return finding("token-secret-missing", seen);
	}
	// without a key of its own, the storage's refusals are the handler's business
	const isStorage = code === "forbidden" && /storage/i.test(detail);
	return finding(isStorage ? "storage-refused" : (byCode[code] ?? "operation-failed"), seen);
}

/** Ends the checks of an upload with a finding. */
export class EndedError extends Error {
	override readonly name = "EndedError";
	readonly finding: Finding;

	constructor(found: Finding) {
		super(found.message);
		this.finding = found;
	}
}

/** Calls an operation that has to succeed. @throws EndedError */
export async function call(
	subject: EndpointSubject,
	operation: OperationName,
	request: object,
): Promise<Answer> {
	const answer = await post(subject, operation, request);
	if (answer.status < 200 || answer.status > 299) {
		throw new EndedError(refusal(operation, answer));
	}
	return answer;
}
