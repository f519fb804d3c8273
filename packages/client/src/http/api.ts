import type {
	CompleteReply,
	CompleteRequest,
	CreateRequest,
	ListReply,
	Messages,
	OperationName,
	operations,
	PartsReply,
	PartsRequest,
	PendingReply,
	UploadPlan,
} from "#protocol";
import { misfit, UploadError } from "../errors.js";
import type { HeaderValues, Settings } from "../options.js";
import type { Target } from "../platform.js";
import { type Line, makeAttempts } from "./attempts.js";
import { describe, isProblem } from "./problem.js";
import { judge } from "./retry.js";
import { sleep, until } from "./wait.js";

/** A storage takes minutes to join the largest objects; after this long, something else is wrong. */
const longestCompletion = 30 * 60_000;

/** A request before JSON, which leaves out what is undefined. */
export type Draft<Value> = Value extends readonly (infer Item)[]
	? readonly Draft<Item>[]
	: Value extends object
		? { readonly [Member in keyof Value]: Draft<Value[Member]> | Absent<Value, Member> }
		: Value;

type Absent<Value, Member extends keyof Value> =
	Record<string, never> extends Pick<Value, Member> ? undefined : never;

/** The calls to the endpoint. All of them retry by the one rule and reject with an {@link UploadError} or the signal's reason. */
export interface Api {
	/**
	 * @param signal ends the waits and all further attempts
	 * @param lifeline ends the running attempt, whose answer the caller may still want
	 */
	create(
		request: Draft<CreateRequest>,
		signal: AbortSignal,
		lifeline: AbortSignal,
	): Promise<UploadPlan>;
	parts(request: Draft<PartsRequest>, signal: AbortSignal): Promise<PartsReply>;
	list(request: Messages["list"]["request"], signal: AbortSignal): Promise<ListReply>;
	/** Waits out `pending`. Repeats what is undecided about parts: the server looks and decides the truth. */
	complete(request: Draft<CompleteRequest>, signal: AbortSignal): Promise<CompleteReply>;
	abort(request: Messages["abort"]["request"], signal: AbortSignal): Promise<void>;
}

type Path = (typeof operations)[OperationName]["path"];

export function createApi(line: Line): Api {
	const { settings } = line;
	const target: Target = { peer: "endpoint", origin: settings.endpoint.origin };
	/** Resolves with the text of the answer. */
	const call = async (
		path: Path,
		request: object,
		signal: AbortSignal,
		lifeline: AbortSignal = signal,
	): Promise<string> => {
		const url = urlOf(settings.endpoint, path);
		const body = encode(request);
		let text = "";
		await makeAttempts(
			line,
			() => target,
			signal,
			async () => {
				const post = await compose(settings, url, body, lifeline);
				const ask = async (): Promise<Response> => {
					const response = await settings.fetch(post);
					// read whole, so that an answer cut off in the middle counts as none
					text = await response.clone().text();
					return response;
				};
				// Node forgets the signal of a Request that only `fetch` knows (nodejs/undici, issue 3644)
				return await until(ask(), post.signal);
			},
			({ status, redirected, url: answeredBy }, body) => {
				// a redirect that turns the POST into a GET ends in an answer that would only mislead
				const problem = isProblem(body) && !(redirected && status === 405) ? body : undefined;
				// undecided, not refused: once more and the server looks again. Of a single request only the
				// right to look can be missing, which stays so
				const undecided = "parts" in request && problem?.code === "conflict";
				const outcome = undecided || judge(status) === "retry" ? "retry" : "fail";
				const redirectedTo = redirected ? answeredBy : undefined;
				return [
					outcome,
					() => describe({ peer: "endpoint", status, outcome, redirectedTo }, problem),
				];
			},
		);
		return text;
	};

	return {
		create: async (request, signal, lifeline) =>
			read(await call("", request, signal, lifeline), "kind"),
		parts: async (request, signal) => read(await call("parts", request, signal), "values"),
		list: async (request, signal) => read(await call("list", request, signal), "parts"),
		async complete(request, signal) {
			const deadline = performance.now() + longestCompletion;
			for (;;) {
				const text = await call("complete", request, signal);
				const reply = read<CompleteReply | PendingReply>(text, "key", "state");
				if (!("state" in reply)) return reply;
				if (performance.now() > deadline) {
					throw new UploadError("timeout", "The storage is still at work: try again later.");
				}
				await sleep(Math.min(Math.max(Number(reply.retryAfter) || 0, 1), 60) * 1000, signal);
			}
		},
		async abort(request, signal) {
			await call("abort", request, signal);
		},
	};
}

async function compose(
	{ headers: given, stallTimeout }: Settings,
	url: string,
	body: string,
	signal: AbortSignal,
): Promise<Request> {
	// the time for an answer that all requests have
	const either = AbortSignal.any([signal, AbortSignal.timeout(4 * stallTimeout)]);
	// a function that never answers must not hold what other uploads wait for
	const headers = readHeaders(
		typeof given === "function" ? await until(Promise.resolve(given()), either) : given,
	);
	headers.set("content-type", "application/json");
	return new Request(url, { method: "POST", headers, body, signal: either });
}

function readHeaders(given: HeaderValues | undefined): Headers {
	try {
		return new Headers(given);
	} catch {
		// the constructor's own error repeats the value, which may be a credential
		throw new UploadError("invalid-request", "`headers` hold a bad name or value.");
	}
}

/** The answer that has one of the members by which ours are known. */
function read<Reply>(text: string, ...members: string[]): Reply {
	try {
		const reply = JSON.parse(text);
		if (members.some((member) => member in reply)) return reply;
	} catch {
		// no JSON, or none with members
	}
	throw misfit("answer");
}

function urlOf({ origin, pathname, search }: URL, path: Path): string {
	return origin + (path ? `${pathname.replace(/\/+$/, "")}/${path}` : pathname) + search;
}

function encode(request: object): string {
	try {
		return JSON.stringify(request);
	} catch (cause) {
		throw new UploadError("invalid-request", "`metadata` must be plain JSON.", { cause });
	}
}
