import { errorCodes, isErrorCode } from "@skyput/protocol";
import { Ajv2020 } from "ajv/dist/2020.js";
import contract from "../../../../docs/api/openapi.json" with { type: "json" };
import type { Answer } from "../exchange.js";

/** A server does something other than the contract says. */
export class MismatchError extends Error {
	override readonly name = "MismatchError";
}

/** A case says nothing about this server. */
export class SkippedError extends Error {
	override readonly name = "SkippedError";
}

/** @throws MismatchError unless the condition holds. @param seen - What was seen instead */
export function expectThat(condition: boolean, seen: string): asserts condition {
	if (!condition) throw new MismatchError(seen);
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema(contract, "contract");

type SchemaName = keyof typeof contract.components.schemas;

/** Compares a value with a schema of docs/api/openapi.json. @throws MismatchError */
function expectSchema(value: unknown, schema: SchemaName, what: string): void {
	const validate = ajv.getSchema(`contract#/components/schemas/${schema}`);
	if (!validate) throw new Error(`There is no schema ${schema}`);
	if (validate(value)) return;
	const errors = ajv.errorsText(validate.errors, { dataVar: schema });
	throw new MismatchError(`${what}: ${errors}`);
}

/** The JSON of an answer. @throws MismatchError */
function jsonOf({ text, status }: Answer): unknown {
	try {
		return JSON.parse(text);
	} catch {
		throw new MismatchError(`the answer (${status}) is not JSON: ${text.slice(0, 80)}`);
	}
}

/** Expects a success. @returns its body, compared with the schema; undefined for no schema */
export function expectReply<Reply>(
	answer: Answer,
	status: number,
	schema: SchemaName | null,
): Reply {
	const { headers } = answer;
	expectThat(answer.status === status, `status ${describe(answer)}, not ${status}`);
	if (schema === null) return undefined as Reply;
	const type = headers.get("content-type") ?? "none";
	expectThat(/^application\/json\b/.test(type), `content type ${type}, not application/json`);
	const body = jsonOf(answer);
	expectSchema(body, schema, `the body of status ${status}`);
	return body as Reply;
}

/** Codes that have another status where they are about a body's type or length. */
const otherStatus: Readonly<Record<string, readonly number[]>> = { "invalid-request": [413, 415] };

/**
 * Expects an error with one of these codes, as problem+json with the status of its code.
 *
 * @param status - Where the code has several.
 * @returns its code
 */
export function expectProblem(
	answer: Answer,
	codes: readonly string[],
	status: number | undefined = undefined,
): string {
	const { headers } = answer;
	expectThat(answer.status >= 400, `status ${answer.status}, not an error`);
	const type = headers.get("content-type") ?? "none";
	expectThat(
		/^application\/problem\+json\b/.test(type),
		`content type ${type} of ${answer.status}`,
	);
	const problem = jsonOf(answer);
	expectSchema(problem, "Problem", "the error's body");
	const { code, status: stated } = problem as { code: string; status: number };
	expectThat(stated === answer.status, `status ${stated} in the body of a ${answer.status}`);
	expectThat(codes.includes(code), `code ${describe(answer)}, not ${codes.join(" or ")}`);
	if (status !== undefined) {
		expectThat(answer.status === status, `status ${answer.status} of ${code}, not ${status}`);
	} else if (isErrorCode(code)) {
		const usual = [errorCodes[code].status, ...(otherStatus[code] ?? [])];
		expectThat(
			usual.includes(answer.status),
			`status ${answer.status} of ${code}, not ${usual[0]}`,
		);
	}
	return code;
}

/** A status, with the code of an error. */
function describe({ status, text }: Answer): string {
	const code = /"code":\s*"([a-z-]{1,40})"/.exec(text)?.[1];
	return code === undefined ? `${status}` : `${status} ${code}`;
}

/** Skips a case about an operation that this server does not have. */
export function skipWithout(answer: Answer, operation: string): void {
	const code = /"code":\s*"(not-found|unsupported|method-not-allowed)"/.exec(answer.text)?.[1];
	if (code && answer.status >= 404) throw new SkippedError(`no operation ${operation} (${code})`);
}
