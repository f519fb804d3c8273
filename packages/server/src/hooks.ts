import type { ErrorCode, OperationName } from "#protocol";
import { jsonLine, redact, type UploadError } from "./errors.js";
import type { Principal } from "./uploads/rule.js";

/** One call of the HTTP contract, as hooks see it. */
export interface HookCall {
	readonly operation: OperationName;
	/** The gateway's request id, or `x-request-id`. Also in the response and in the log. */
	readonly requestId: string;
	/** Null when the caller is not known. */
	readonly principal: Principal | null;
	/** The key that the client asked for, normalised; not yet authorized. */
	readonly requestedKey?: string | undefined;
	/** Of the upload that the token names; absent on `sign` and `create`. */
	readonly uploadId?: string | undefined;
	/** Bytes; absent while unknown. */
	readonly size?: number | undefined;
	/** As the client sent it. */
	readonly contentType?: string | undefined;
}

/** How a call ended. */
export interface HookOutcome {
	/** HTTP status. */
	readonly status: number;
	/** Code of a refusal or a failure. */
	readonly code?: ErrorCode | undefined;
	/** The key of the object. */
	readonly key?: string | undefined;
	readonly uploadId?: string | undefined;
	/** Milliseconds from the request to the response. */
	readonly milliseconds: number;
	/** Why the call was refused or failed, in more detail than in the response. */
	readonly reason?: string | undefined;
}

/** Functions of your own around every call, for limits, metrics and audits. */
export interface Hooks {
	/**
	 * Runs when the request is parsed and the caller is known, before `authorize`.
	 *
	 * @param call - What the client asks for.
	 * @throws UploadError to refuse the call with its code; any other error answers 500 `internal`.
	 */
	readonly before?: ((call: HookCall) => void | Promise<void>) | undefined;
	/**
	 * Runs before the response is sent, also when the request could not be parsed or the caller not identified.
	 * The response waits for it. An error is logged and changes nothing.
	 *
	 * @param call - What the client asked for, as far as it was understood.
	 * @param outcome - The response.
	 */
	readonly after?: ((call: HookCall, outcome: HookOutcome) => void | Promise<void>) | undefined;
}

/** Where log lines go; `console` is one. Each line is one JSON object. */
export interface Log {
	/** @param line - A failure of the server or the storage. */
	error(line: string): void;
	/** @param line - A refusal. */
	warn(line: string): void;
	/** @param line - Anything else. */
	info(line: string): void;
}

/** Which call a log line is about. */
interface LoggedCall {
	/** Absent where no call is at fault. */
	readonly requestId?: string;
	readonly operation?: OperationName | undefined;
	readonly uploadId?: string | undefined;
	/** What else may explain the error. */
	readonly hint?: string | undefined;
}

/** The members of a log line. */
interface LogFields extends Omit<LoggedCall, "hint"> {
	readonly status?: number;
	readonly code?: ErrorCode;
	readonly reason: string;
	readonly cause?: unknown;
}

/** Characters of the longest text of other code in a log line. */
const maxTextLength = 2000;

/** Text of other code, which may quote anything: everything that looks like a secret is removed. */
function redactText(text: unknown): string {
	// cut last: the beginning of a secret would no longer look like one
	return redact(String(text).slice(0, 10 * maxTextLength))
		.replace(/\?[^\s"')]*/g, "?[removed]")
		.replace(/[A-Za-z0-9+/_=.%-]{32,}|\b[A-Z0-9]{16,}\b/g, "[removed]")
		.slice(0, maxTextLength);
}

// V8: "    at name (file:line:column)"
const frame =
	/^ {4}at (?:[\w$.<>[\] ]{1,100} \()?(?:file:\/\/|node:|[A-Z]:)?[\w./\\@+~,() -]{1,300}:\d+:\d+\)?$/;

/** The frames of a stack, without the message above them, some of whose lines may look like frames. */
function framesOf(error: Error): string {
	const [stack, message] = [String(error.stack), String(error.message)];
	const end = stack.indexOf(message);
	return stack
		.slice(end < 0 ? 0 : end + message.length)
		.split("\n")
		.filter((line) => frame.test(line))
		.slice(0, 20)
		.join("\n");
}

function describeCause(cause: unknown, withStack: boolean): object | undefined {
	if (!(cause instanceof Error)) return undefined;
	try {
		const described = { name: redactText(cause.name), message: redactText(cause.message) };
		return { ...described, ...(withStack ? { stack: framesOf(cause) } : {}) };
	} catch {
		return { name: "Error", message: "Its name, message or stack cannot be read." };
	}
}

/** Writes one line. An error of the logger changes no response. */
export function writeLog(log: Log, level: keyof Log, fields: LogFields): void {
	const { cause, reason, ...rest } = fields;
	const line = {
		level: level.toUpperCase(),
		...rest,
		reason: redact(reason),
		cause: describeCause(cause, level === "error"),
	};
	try {
		log[level](jsonLine(line));
	} catch {}
}

/** Writes one line for a call that failed or was refused. */
export function logError(log: Log, error: UploadError, { hint, ...call }: LoggedCall): void {
	const { code, status, cause } = error;
	const reason = hint === undefined ? error.reason : `${error.reason}: ${hint}`;
	// with a cause, these are failures of the server's set-up: its role, storage or SDK
	const isRefusal = status === 501 || code === "forbidden";
	const isFailure = isRefusal ? cause !== undefined : status >= 500;
	writeLog(log, isFailure ? "error" : "warn", { ...call, status, code, reason, cause });
}

/** Runs the hook after a call; what it throws is logged. */
export async function runAfter(
	{ hooks, log }: { readonly hooks: Hooks; readonly log: Log },
	call: HookCall,
	outcome: HookOutcome,
): Promise<void> {
	try {
		await hooks.after?.(call, outcome);
	} catch (cause) {
		const { requestId, operation } = call;
		writeLog(log, "error", { requestId, operation, reason: "hooks.after threw", cause });
	}
}
