import { type Messages, type OperationName, operations, reservedPaths } from "#protocol";
import { toProblem, UploadError } from "./errors.js";
import { abort } from "./operations/abort.js";
import { complete } from "./operations/complete.js";
import { create } from "./operations/create.js";
import { readJson, readQuery } from "./operations/fields.js";
import { list } from "./operations/list.js";
import type { Operation, OperationContext } from "./operations/operation.js";
import { parts } from "./operations/parts.js";
import { sign } from "./operations/sign.js";
import type { Principal } from "./uploads/rule.js";

/** One HTTP request, whatever carried it. */
export interface HttpRequest {
	readonly method: string;
	/** Only the last segment counts. */
	readonly path: string;
	/** As sent, without `?`. */
	readonly query: string;
	/** The body as text; undefined where there is none. Throws when it is too long or not UTF-8. */
	readonly body: () => string | undefined | Promise<string | undefined>;
	readonly requestId: string;
	/** Identifies the caller. Called at most once, after the request was parsed. */
	readonly principal: () => Principal | null | Promise<Principal | null>;
}

/** The reply to an {@link HttpRequest}. Header names are lower-case. */
export interface HttpReply {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly body?: string;
}

/** Every call of the contract. */
const table: { readonly [Name in OperationName]: Operation<Name> } = {
	sign,
	create,
	parts,
	list,
	complete,
	abort,
};

/** Seconds of Retry-After where the error has none. */
const defaultRetryAfter = 1;

function replyWith(
	status: number,
	value: unknown,
	headers: Readonly<Record<string, string>> = {},
): HttpReply {
	const always = { "cache-control": "no-store", "x-content-type-options": "nosniff" };
	if (value === undefined) return { status, headers: { ...always, ...headers } };
	return {
		status,
		headers: { ...always, "content-type": "application/json", ...headers },
		body: JSON.stringify(value),
	};
}

/** The operation that a request means: the last segment of its path, whatever stands before. */
function matchOperation({ method, path }: HttpRequest): OperationName {
	const last = path.split("/").filter(Boolean).at(-1) ?? "";
	if (reservedPaths.includes(last)) throw new UploadError("not-found", "There is nothing here.");
	const names = Object.keys(operations) as OperationName[];
	const named = names.filter((name) => operations[name].path === last);
	const candidates = named.length > 0 ? named : names.filter((n) => operations[n].path === "");
	const found = candidates.find((name) => operations[name].method === method);
	if (found) return found;
	const allowed = candidates.map((name) => operations[name].method).join(", ");
	throw new UploadError("method-not-allowed", `Use ${allowed} here, not ${method.slice(0, 16)}.`, {
		allow: `${allowed}, OPTIONS`,
	});
}

async function runOperation<Name extends OperationName>(
	name: Name,
	context: OperationContext,
	http: HttpRequest,
): Promise<HttpReply> {
	const { parse, run, status }: Operation<Name> = table[name];
	const fields =
		operations[name].method === "GET" ? readQuery(http.query) : readJson(await http.body());
	const request = parse(fields);
	const reply: Messages[Name]["reply"] = await run(context, request, await http.principal());
	const wait = reply && "retryAfter" in reply ? { "retry-after": String(reply.retryAfter) } : {};
	return replyWith(status(reply), reply, wait);
}

/** Answers a request. Never throws. */
export async function answer(context: OperationContext, http: HttpRequest): Promise<HttpReply> {
	if (http.method === "OPTIONS") return replyWith(204, undefined);
	try {
		return await runOperation(matchOperation(http), context, http);
	} catch (error) {
		return answerError(error, http.requestId);
	}
}

/**
 * Turns an error into problem+json. One that is not an {@link UploadError} becomes `internal`, and its
 * message is logged, never sent.
 */
export function answerError(error: unknown, requestId: string): HttpReply {
	const known =
		error instanceof UploadError
			? error
			: new UploadError("internal", "Something went wrong; the server's log has the details.", {
					cause: error,
				});
	// `forbidden` with a cause comes from the storage: our role lacks a permission
	const denied = known.code === "forbidden" && known.cause !== undefined;
	if (denied || (known.status >= 500 && known.code !== "unsupported")) log(known, requestId);
	const waits = known.status === 429 || known.status === 503;
	const retryAfter = known.retryAfter ?? (waits ? defaultRetryAfter : undefined);
	return replyWith(known.status, toProblem(known, requestId), {
		"content-type": "application/problem+json",
		...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
		...(known.allow === undefined ? {} : { allow: known.allow }),
	});
}

/** Removes the queries of URLs, and what looks like a secret or the id of a key. */
function redact(text: string): string {
	return text
		.replace(/\?[^\s"')]*/g, "?[removed]")
		.replace(/[A-Za-z0-9+/_=.%-]{32,}|\b[A-Z0-9]{16,}\b/g, "[removed]");
}

/** The frames of a stack, without the message above them. */
function framesOf(error: Error): string {
	return (error.stack ?? "")
		.split("\n")
		.filter((line) => line.startsWith("    at "))
		.join("\n");
}

function log(error: UploadError, requestId: string): void {
	const { cause, code, message } = error;
	const why =
		cause instanceof Error
			? { name: cause.name, message: redact(cause.message), stack: framesOf(cause) }
			: undefined;
	// stderr of a Lambda is its log
	console.error(JSON.stringify({ level: "ERROR", code, requestId, message, cause: why }));
}
