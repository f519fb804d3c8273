import {
	type CompleteReply,
	type Messages,
	type Operation,
	operations,
	type PartsReply,
	type UploadPlan,
} from "#protocol";
import { UploadError } from "../errors.js";
import type { HeaderValues, Settings } from "../options.js";
import { type Answer, makeAttempts } from "./attempts.js";
import { readProblem } from "./problem.js";
import { createRetryBudget, judge, readRetryAfter } from "./retry.js";
import { sleep } from "./wait.js";

/** A storage takes minutes to join the largest objects; after this long, something else is wrong. */
const longestCompletion = 30 * 60_000;

type Request<O extends Operation> = Messages[O]["request"];

/** The calls to the endpoint. All of them retry by the one rule and reject with an {@link UploadError} or the signal's reason. */
export interface Api {
	/** @param lastAttempt once aborted, the running attempt is the last: the caller wants its answer, but no other */
	create(
		request: Request<"create">,
		signal: AbortSignal,
		lastAttempt: AbortSignal,
	): Promise<UploadPlan>;
	parts(request: Request<"parts">, signal: AbortSignal): Promise<PartsReply>;
	/** Waits out `pending`. Repeats what is undecided: the server looks and decides the truth. */
	complete(request: Request<"complete">, signal: AbortSignal): Promise<CompleteReply>;
	abort(request: Request<"abort">, signal: AbortSignal): Promise<void>;
}

export function createApi(settings: Settings): Api {
	const call = async <O extends "create" | "parts" | "complete" | "abort">(
		operation: O,
		request: Request<O>,
		signal: AbortSignal,
		lastAttempt: AbortSignal = signal,
	): Promise<{ readonly status: number; readonly body: unknown }> => {
		const budget = createRetryBudget(settings.retry);
		const url = urlOf(settings.endpoint, operations[operation].path);
		const body = encode(request);
		const response = await makeAttempts({
			method: operations[operation].method,
			url,
			peer: "endpoint",
			signal,
			attempt: () => send(settings, url, body, signal),
			onFailure(failure) {
				if (lastAttempt.aborted) return null;
				if (failure.kind === "network") return budget.spend("network");
				if (!mayRepeat(operation, failure)) return null;
				const header = failure.response.headers.get("retry-after");
				return budget.spend("answer", readRetryAfter(header, Date.now()));
			},
			beforeRetry: async () => lastAttempt.throwIfAborted(),
			explain: readProblem,
		});
		const text = await response.text();
		return { status: response.status, body: text === "" ? undefined : decode(text) };
	};

	return {
		create: async (request, signal, lastAttempt) =>
			expectMember<UploadPlan>((await call("create", request, signal, lastAttempt)).body, "kind"),
		parts: async (request, signal) =>
			expectMember<PartsReply>((await call("parts", request, signal)).body, "values"),
		async complete(request, signal) {
			const deadline = performance.now() + longestCompletion;
			for (;;) {
				const { status, body } = await call("complete", request, signal);
				if (status !== 202) return expectMember<CompleteReply>(body, "key");
				if (performance.now() > deadline) {
					throw new UploadError("timeout", "The storage is still at work: try again later.");
				}
				const { retryAfter } = expectMember<{ retryAfter: unknown }>(body, "retryAfter");
				await sleep(Math.min(Math.max(Number(retryAfter) || 0, 1), 60) * 1000, signal);
			}
		},
		async abort(request, signal) {
			await call("abort", request, signal);
		},
	};
}

/** One attempt. The answer is read whole, so that one cut off in the middle counts as none. */
async function send(
	{ headers: given, fetch, stallTimeout }: Settings,
	url: string,
	body: string,
	signal: AbortSignal,
): Promise<Response> {
	const headers = readHeaders(typeof given === "function" ? await given() : given);
	headers.set("content-type", "application/json");
	headers.set("accept", "application/json");
	// the time for an answer that all requests have
	const timeout = AbortSignal.timeout(4 * stallTimeout);
	const response = await fetch(
		new Request(url, { method: "POST", headers, body, signal: AbortSignal.any([signal, timeout]) }),
	);
	if (response.redirected && response.status >= 400 && response.status < 500) {
		// a 301 or 302 turns the POST into a GET, whose answer would only mislead
		throw new UploadError(
			"invalid-request",
			`The endpoint redirects: set \`endpoint\` to ${response.url.replace(/[?#].*$/s, "")}.`,
			{ status: response.status },
		);
	}
	const text = await response.text();
	const { status, statusText } = response;
	// statuses without a body refuse even an empty one
	return new Response(text || null, {
		status,
		statusText,
		headers: response.headers,
	});
}

function readHeaders(given: HeaderValues | undefined): Headers {
	try {
		return new Headers(given);
	} catch {
		// the constructor's own error repeats the value, which may be a credential
		throw new UploadError("invalid-request", "`headers` hold a bad name or value.");
	}
}

function mayRepeat(operation: Operation, answer: Answer): boolean {
	if (judge(answer.response.status) === "retry") return true;
	// undecided, not refused: a repeated complete makes the server look again
	return operation === "complete" && readProblem(answer).code === "conflict";
}

function expectMember<T extends object>(body: unknown, member: keyof T & string): T {
	if (typeof body === "object" && body !== null && member in body) return body as T;
	throw new UploadError(
		"unsupported",
		"The answer is not one of an upload handler: check `endpoint`, and update both sides.",
	);
}

function urlOf({ origin, pathname, search }: URL, path: string): string {
	return path === ""
		? origin + pathname + search
		: `${origin}${pathname.replace(/\/+$/, "")}/${path}${search}`;
}

function encode(request: object): string {
	try {
		return JSON.stringify(request);
	} catch (cause) {
		throw new UploadError("invalid-request", "`metadata` must be plain JSON.", { cause });
	}
}

function decode(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}
