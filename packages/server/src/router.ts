import { type Messages, type OperationName, operations } from "#protocol";
import { type DescribedCall, describeCall } from "./describe-call.js";
import { toProblem, toUploadError, UploadError } from "./errors.js";
import { type HookOutcome, logError, runAfter, writeLog } from "./hooks.js";
import { takeRate } from "./limits/rate-limit.js";
import { create } from "./operations/create.js";
import { type Operation, type OperationContext, requireSealer } from "./operations/operation.js";
import { readJson, readQuery, requireJson } from "./operations/read-request.js";
import { sign } from "./operations/sign.js";
import { recordEvent, tellProvider } from "./record-event.js";
import type { Principal } from "./uploads/rule.js";

/** One HTTP request, independent of the runtime. */
export interface HttpRequest {
	readonly method: string;
	/** Only the last segment counts. */
	readonly path: string;
	/** As sent, without `?`. */
	readonly query: string;
	/** By lower-case name. */
	readonly headers: Readonly<Record<string, string>>;
	/** The body as text; undefined where there is none. Throws when it is too long or not UTF-8. */
	readonly body: () => string | undefined | Promise<string | undefined>;
	readonly requestId: string;
	/** Identifies the caller. Called at most once, after the request was parsed. */
	readonly principal: () => MaybePrincipal | Promise<MaybePrincipal>;
}

/** Undefined counts as null, as from `request.user` without a login. */
type MaybePrincipal = Principal | null | undefined;

/** The reply to an {@link HttpRequest}. Header names are lower-case. */
export interface HttpReply {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly body?: string;
}

/** Not needed at a cold start that only signs. */
const control = () => import("./operations/control-operations.js");

/** Every operation of the contract. */
const table: {
	readonly [Name in OperationName]: () => Operation<Name> | Promise<Operation<Name>>;
} = {
	sign: () => sign,
	create: () => create,
	parts: async () => (await control()).parts,
	list: async () => (await control()).list,
	complete: async () => (await control()).complete,
	abort: async () => (await control()).abort,
	rules: async () => (await control()).rules,
	download: async () => (await control()).download,
	delete: async () => (await control()).deleteObject,
	status: async () => (await control()).status,
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

type Reply = Messages[OperationName]["reply"];

/** The reply of an operation. */
function replyTo(status: number, value: Reply): HttpReply {
	if (value && "location" in value) {
		// as browsers encode it; a header with other characters throws, and node:http would end the process
		const location = value.location.replace(/[^\x21-\x7e]+/g, encodeURIComponent);
		return replyWith(status, undefined, { location });
	}
	const wait = value && "retryAfter" in value ? { "retry-after": `${value.retryAfter}` } : {};
	return replyWith(status, value, wait);
}

/** An error as problem+json. */
function replyWithProblem(error: UploadError, about: Parameters<typeof toProblem>[1]): HttpReply {
	const { status, allow } = error;
	const waits = status === 429 || status === 503;
	const retryAfter = error.retryAfter ?? (waits ? defaultRetryAfter : undefined);
	return replyWith(status, toProblem(error, about), {
		"content-type": "application/problem+json",
		...(retryAfter === undefined ? {} : { "retry-after": String(Math.ceil(retryAfter)) }),
		...(allow === undefined ? {} : { allow: allow.replace(/[^\w, -]+/g, "") }),
	});
}

/** The operations by the last segment of their paths; "" stands for the base. */
const operationsByPath = Map.groupBy(
	Object.keys(operations) as OperationName[],
	(name) => operations[name].path as string,
);

/** Finds the operation of a request by the last segment of its path. */
function matchOperation({ method, path }: HttpRequest): OperationName {
	const last = path.split("/").filter(Boolean).at(-1) ?? "";
	const candidates = operationsByPath.get(last) ?? operationsByPath.get("") ?? [];
	const found = candidates.find((name) => operations[name].method === method);
	if (found) return found;
	const allowed = candidates.map((name) => operations[name].method).join(", ");
	throw new UploadError("method-not-allowed", `Use ${allowed} here, not ${method.slice(0, 16)}.`, {
		allow: `${allowed}, OPTIONS`,
		values: { method: method.slice(0, 16), allowed },
	});
}

/** Refuses a principal without an identity, so that two callers never share one by mistake. */
function checkPrincipal(principal: MaybePrincipal): Principal | null {
	if (principal === null || principal === undefined) return null;
	if (typeof principal.sub === "string" && principal.sub !== "") return principal;
	throw new UploadError("internal", "The server could not identify the caller.", {
		reason: "principal() returned an object without a sub",
	});
}

/**
 * Refuses a POST of a web page on another site whose origin the CORS rule does not list: with cookies, it
 * would act as the signed-in user (https://developer.mozilla.org/docs/Web/HTTP/Headers/Sec-Fetch-Site).
 */
function refuseOtherSites(
	{ allowsOrigin }: OperationContext,
	{ origin, "sec-fetch-site": site = "" }: HttpRequest["headers"],
): void {
	if (!/^(cross|same)-site$/.test(site)) return;
	if (origin !== undefined && allowsOrigin(origin)) return;
	throw new UploadError("forbidden", "Pages of this origin may not call this endpoint.", {
		...(origin === undefined ? {} : { values: { origin: origin.slice(0, 200) } }),
		reason: `a ${site} POST ${describeOrigin(origin ?? "(none)")}`,
	});
}

/** An origin, and why it gets no permission. */
const describeOrigin = (origin: string): string =>
	`from the origin ${JSON.stringify(origin).slice(0, 200)}, which cors.origins does not list`;

/** Logs a preflight that permits nothing: the browser then sends no call that could be logged. */
export function logPreflight(
	{ allowsOrigin, log }: Pick<OperationContext, "allowsOrigin" | "log">,
	{ headers: { origin }, requestId }: Pick<HttpRequest, "headers" | "requestId">,
): void {
	if (origin === undefined || allowsOrigin(origin)) return;
	const reason = `a preflight ${describeOrigin(origin)}: the browser of this page sends no call`;
	writeLog(log, "warn", { requestId, reason });
}

/** Runs one operation between its limits, hooks and audit. */
async function answerOperation<Name extends OperationName>(
	name: Name,
	context: OperationContext,
	http: HttpRequest,
): Promise<HttpReply> {
	const { requestId } = http;
	const started = performance.now();
	let described: DescribedCall = { call: { operation: name, requestId, principal: null } };
	const fail = async (thrown: unknown): Promise<UploadError> => {
		const error = toUploadError(thrown);
		const { operation, uploadId, principal } = described.call;
		const isUnknown = error.code === "unauthenticated" && principal === null;
		const hint = isUnknown ? context.principalSource : undefined;
		logError(context.log, error, { requestId, operation, uploadId, hint });
		await recordEvent(context, described, { error });
		return error;
	};
	const succeed = (reply: Reply) => recordEvent(context, described, { reply });
	let reply: HttpReply;
	let outcome: Omit<HookOutcome, "status" | "milliseconds">;
	try {
		const { parse, run, status }: Operation<Name> = await table[name]();
		const isGet = operations[name].method === "GET";
		if (!isGet) {
			// without a secret only GET is served, also where an operation needs no token
			requireSealer(context);
			requireJson(http.headers["content-type"]);
			refuseOtherSites(context, http.headers);
		}
		const request = parse(isGet ? readQuery(http.query) : readJson(await http.body()));
		const principal = checkPrincipal(await http.principal());
		described = describeCall(context, { ...described.call, principal }, request);
		await takeRate(context.rateLimit, described.call);
		await context.hooks.before?.(described.call);
		const observed = tellProvider(context, (provider) => {
			described = { ...described, provider };
		});
		const late = (work: Promise<Reply>): void => void work.then(succeed, fail);
		const value = await run(observed, request, described.call, late);
		await succeed(value);
		reply = replyTo(status(value), value);
		outcome = {
			key: value && "key" in value ? value.key : undefined,
			uploadId: value && "uploadId" in value ? value.uploadId : described.call.uploadId,
		};
	} catch (thrown) {
		const error = await fail(thrown);
		reply = replyWithProblem(error, { requestId, typeBase: context.problemTypeBase });
		outcome = { code: error.code, reason: error.reason, uploadId: described.call.uploadId };
	}
	const milliseconds = Math.round(performance.now() - started);
	await runAfter(context, described.call, { status: reply.status, ...outcome, milliseconds });
	return reply;
}

/** Handles a request. Never throws. */
export async function answer(context: OperationContext, http: HttpRequest): Promise<HttpReply> {
	if (http.method === "OPTIONS") {
		logPreflight(context, http);
		return replyWith(204, undefined);
	}
	try {
		return await answerOperation(matchOperation(http), context, http);
	} catch (error) {
		// also where an app's own error cannot be told: node:http would end the process
		return answerError(context, error, http);
	}
}

/** Logs an error of no operation and turns it into problem+json. */
export function answerError(
	{ log, problemTypeBase }: Pick<OperationContext, "log" | "problemTypeBase">,
	thrown: unknown,
	{ requestId }: Pick<HttpRequest, "requestId">,
): HttpReply {
	const error = toUploadError(thrown);
	logError(log, error, { requestId });
	return replyWithProblem(error, { requestId, typeBase: problemTypeBase });
}
