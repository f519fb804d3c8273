import type { ErrorCode, OperationName } from "#protocol";
import { redact } from "./errors.js";
import type { Principal } from "./uploads/rule.js";

/** One call of the HTTP contract, as hooks see it. */
export interface HookCall {
	readonly operation: OperationName;
	/** The gateway's, or the request's `x-request-id`. It stands in the answer and in the log too. */
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
	/** Of a refusal or a failure. */
	readonly code?: ErrorCode | undefined;
	/** Where the object goes. */
	readonly key?: string | undefined;
	readonly uploadId?: string | undefined;
	/** From the request to the answer. */
	readonly milliseconds: number;
	/** Why the call was refused or failed, in more detail than the answer. */
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
	 * Runs when the answer is made, also for a request that could not be parsed and a caller that
	 * could not be identified. The answer waits for it. An error is logged and changes nothing.
	 *
	 * @param call - What the client asked for, as far as it was understood.
	 * @param outcome - What is answered.
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

/** What a log line says. */
interface LogFields {
	readonly requestId: string;
	readonly operation?: OperationName | undefined;
	readonly status?: number;
	readonly code?: ErrorCode;
	readonly reason: string;
	readonly cause?: unknown;
}

/** The frames of a stack, without the message above them. */
function framesOf(error: Error): string {
	return (error.stack ?? "")
		.split("\n")
		.filter((line) => line.startsWith("    at "))
		.join("\n");
}

/** An error from elsewhere may quote anything: all that looks like a secret is removed. */
function describeCause(cause: unknown, withStack: boolean): object | undefined {
	if (!(cause instanceof Error)) return undefined;
	const message = redact(cause.message)
		.replace(/\?[^\s"')]*/g, "?[removed]")
		.replace(/[A-Za-z0-9+/_=.%-]{32,}|\b[A-Z0-9]{16,}\b/g, "[removed]");
	return { name: cause.name, message, ...(withStack ? { stack: framesOf(cause) } : {}) };
}

/** Writes one line. A logger that throws changes no answer. */
export function writeLog(log: Log, level: keyof Log, fields: LogFields): void {
	const { cause, reason, ...rest } = fields;
	const line = {
		level: level.toUpperCase(),
		...rest,
		reason: redact(reason),
		cause: describeCause(cause, level === "error"),
	};
	try {
		log[level](JSON.stringify(line));
	} catch {}
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
