import { type Operation, operations, reservedPaths } from "#protocol";
import { toProblem, UploadError } from "./errors.js";
import { abort } from "./operations/abort.js";
import { complete } from "./operations/complete.js";
import { create } from "./operations/create.js";
import { listParts } from "./operations/list.js";
import type { OperationContext } from "./operations/open-upload.js";
import { signParts } from "./operations/part-window.js";
import { sign } from "./operations/sign.js";
import {
	parseAbort,
	parseComplete,
	parseCreate,
	parseJson,
	parseList,
	parseParts,
	parseSign,
} from "./parse.js";
import type { Principal } from "./uploads/rule.js";

/** One HTTP call, whatever carried it. */
export interface Call {
	readonly method: string;
	/** Path of the request; only its last segment counts. */
	readonly path: string;
	/** The query as sent, without `?`. */
	readonly query: string;
	/** Body as text; absent when there is none. Throws when it is not UTF-8, or too long to be a call. */
	readonly body: () => string | undefined | Promise<string | undefined>;
	readonly requestId: string;
	/** Who asks; runs at most once, after the call itself was understood. */
	readonly principal: () => Principal | null | Promise<Principal | null>;
}

/** The answer to a {@link Call}. Header names are lower-case. */
export interface Reply {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly body?: string;
}

const always = {
	"cache-control": "no-store",
	"x-content-type-options": "nosniff",
};

function answer(
	status: number,
	value: unknown,
	headers: Readonly<Record<string, string>> = {},
): Reply {
	if (value === undefined) return { status, headers: { ...always, ...headers } };
	return {
		status,
		headers: { ...always, "content-type": "application/json", ...headers },
		body: JSON.stringify(value),
	};
}

/** Retry-After where nobody knows better: seconds. */
const shortestWait = 1;

/** Any failure as problem+json. What is not an UploadError becomes `internal` and tells nothing. */
export function problemReply(error: unknown, requestId: string): Reply {
	const known =
		error instanceof UploadError
			? error
			: new UploadError("internal", "Something went wrong; the server's log tells more.", {
					cause: error,
				});
	// only storages give a cause with a refusal: it is the server's role that may not, not the caller
	const denied = known.code === "forbidden" && known.cause !== undefined;
	if (denied || (known.status >= 500 && known.code !== "unsupported")) log(known, requestId);
	const waits = known.status === 429 || known.status === 503;
	const retryAfter = known.retryAfter ?? (waits ? shortestWait : undefined);
	return answer(known.status, toProblem(known, requestId), {
		"content-type": "application/problem+json",
		...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
		...(known.allow === undefined ? {} : { allow: known.allow }),
	});
}

/** Cuts what must not reach a log: queries of URLs, and what is shaped like a secret or the id of a key. */
function redact(text: string): string {
	return text
		.replace(/\?[^\s"')]*/g, "?[removed]")
		.replace(/[A-Za-z0-9+/_=.%-]{32,}|\b[A-Z0-9]{16,}\b/g, "[removed]");
}

/** The frames of a stack: code places only, without the message above them. */
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

/**
 * The query's values by name. Decoded strictly, and a name given twice is refused, because gateways
 * disagree on which one counts.
 */
function readQuery(query: string): ReadonlyMap<string, string> {
	const values = new Map<string, string>();
	for (const pair of query.split("&")) {
		if (pair === "") continue;
		const [name = "", ...rest] = pair.split("=");
		const [key, value] = [name, rest.join("=")].map((text) => {
			try {
				return decodeURIComponent(text.replaceAll("+", " "));
			} catch (cause) {
				throw new UploadError("invalid-request", "The query is not percent-encoded UTF-8.", {
					cause,
				});
			}
		});
		if (key === undefined || value === undefined) continue;
		if (values.has(key)) {
			throw new UploadError("invalid-request", `The query gives ${JSON.stringify(key)} twice.`);
		}
		values.set(key, value);
	}
	return values;
}

/** Which operation a call means; stage names and mounts before the last segment do not matter. */
function findOperation({ method, path }: Call): Operation {
	const last = path.split("/").filter(Boolean).at(-1) ?? "";
	if (reservedPaths.includes(last)) throw new UploadError("not-found", "There is nothing here.");
	const named = (Object.keys(operations) as Operation[]).filter(
		(name) => operations[name].path === last,
	);
	const candidates: readonly Operation[] = named.length > 0 ? named : ["sign", "create"];
	const found = candidates.find((name) => operations[name].method === method);
	if (found) return found;
	const allowed = candidates.map((name) => operations[name].method).join(", ");
	throw new UploadError("method-not-allowed", `Use ${allowed} here, not ${method.slice(0, 16)}.`, {
		allow: `${allowed}, OPTIONS`,
	});
}

async function dispatch(context: OperationContext, call: Call): Promise<Reply> {
	if (call.method === "OPTIONS") return answer(204, undefined);
	const operation = findOperation(call);
	if (operation === "sign") {
		const request = parseSign(readQuery(call.query));
		return answer(200, await sign(context, request, await call.principal()));
	}
	const fields = parseJson(await call.body());
	switch (operation) {
		case "create": {
			const request = parseCreate(fields);
			return answer(201, await create(context, request, await call.principal()));
		}
		case "parts": {
			const request = parseParts(fields);
			return answer(200, await signParts(context, request, await call.principal()));
		}
		case "list": {
			const request = parseList(fields);
			return answer(200, await listParts(context, request, await call.principal()));
		}
		case "complete": {
			const request = parseComplete(fields);
			const reply = await complete(context, request, await call.principal());
			if (!("state" in reply)) return answer(200, reply);
			return answer(202, reply, { "retry-after": String(reply.retryAfter) });
		}
		case "abort": {
			const request = parseAbort(fields);
			return answer(204, await abort(context, request, await call.principal()));
		}
	}
}

/** Answers a call. Never throws: this is the one place where an error becomes a reply. */
export async function handle(context: OperationContext, call: Call): Promise<Reply> {
	try {
		return await dispatch(context, call);
	} catch (error) {
		return problemReply(error, call.requestId);
	}
}
