import ky, { HTTPError } from "ky";
import type {
	CompleteReply,
	CompleteRequest,
	CreateRequest,
	Messages,
	UploadPlan,
} from "#protocol";
import { incompatibleReply, isObject, UploadError } from "../errors.js";
import type { Target } from "../platform.js";
import { NetworkError, responseTimeout } from "../transport-errors.js";
import { type Draft, encode, type Path, parse, readHeaders, readWhole, urlOf } from "./message.js";
import { explainResponse, foreignErrors } from "./problem.js";
import { createRecovery, type RequestContext } from "./recovery.js";
import { sleep, until } from "./wait.js";

/** A storage takes minutes to join the largest objects; after this long, something else is wrong. */
const completionTimeout = 30 * 60_000;

/**
 * A lost connection or a failed service worker in the words of all runtimes; any other error is a fault of the
 * caller's `fetch` or `headers`.
 */
const lostConnection =
	/respondWith|service worker|net(work)? ?(error|request|connection)|(fetch|load) failed|failed to fetch|terminated|input stream|sending request/i;

/**
 * The calls to the endpoint for one upload. All of them retry by the one rule, and reject with an
 * {@link UploadError} or the signal's reason.
 */
export interface Api {
	/** The latest token, sent with every call and renewed by replies; empty before the first plan. Set it to continue an earlier upload. */
	token: string;
	/**
	 * @param signal ends the waits and all further attempts
	 * @param requestSignal ends the running attempt, whose reply the caller may still want
	 */
	create(
		request: Draft<CreateRequest>,
		signal: AbortSignal,
		requestSignal: AbortSignal,
	): Promise<UploadPlan>;
	/**
	 * Sends the token, and keeps the one that the reply renews it by.
	 *
	 * @param members one of which the reply must have
	 */
	call<Name extends "parts" | "list" | "complete" | "status">(
		name: Name,
		request: Draft<Omit<Messages[Name]["request"], "token">>,
		signal: AbortSignal,
		...members: string[]
	): Promise<Messages[Name]["reply"]>;
	/**
	 * Waits out `pending`, and asks once more where something else answered in the endpoint's place. An undecided
	 * conflict about parts is repeated: the server looks again. The second one that leaves nothing stored is final.
	 *
	 * @param request its token is that of an earlier plan; by default the latest
	 */
	complete(request: CompleteDraft, signal: AbortSignal): Promise<CompleteReply>;
	abort(signal: AbortSignal): Promise<void>;
	/**
	 * Makes a call that belongs to no upload.
	 *
	 * @param members one of which the reply must have; none where all are optional
	 */
	request<Reply>(members: readonly string[], request: ApiCall): Promise<Reply>;
	/** Makes a call whose reply holds nothing. */
	send(request: ApiCall): Promise<unknown>;
	/** Asks, beside the upload, whether the operations below the endpoint reach the upload handler; rejects where they don't. */
	checkOperations(signal: AbortSignal): Promise<void>;
}

export type CompleteDraft = Draft<Omit<CompleteRequest, "token">> & { readonly token?: string };

/** A call to the endpoint. */
export interface ApiCall {
	readonly path: Path;
	readonly query?: Readonly<Record<string, string | undefined>> | undefined;
	/** Absent for a GET. */
	readonly body?: object | undefined;
	readonly signal: AbortSignal;
	/** @default `signal` */
	readonly requestSignal?: AbortSignal | undefined;
}

export function createApi(context: RequestContext): Api {
	const { fetch, headers, endpoint, stallTimeout } = context.settings;
	const { followRedirects } = context.platform;
	/** One attempt, whose response is read whole: one that breaks off counts as none. */
	const attempt = async (
		request: string | Request | URL,
		outer: AbortSignal,
	): Promise<Response> => {
		const deadline = AbortSignal.timeout(responseTimeout(stallTimeout));
		const signal = AbortSignal.any([outer, deadline]);
		const exchange = async (): Promise<Response> => {
			const own = await readHeaders(headers);
			// the headers and the token are for this origin alone
			const attempted = new Request(request, { headers: own, signal, redirect: "manual" });
			// body parsers refuse a type without a body
			if (attempted.method === "GET") attempted.headers.delete("content-type");
			const response = await (followRedirects?.(attempted, fetch) ?? fetch(attempted));
			const whole = await readWhole(response);
			// Node aborts a Request only while it is reachable (undici issue 3644)
			attempted.signal.throwIfAborted();
			return whole;
		};
		// a headers function may never return
		return await until(exchange(), signal);
	};

	const send = async ({
		path,
		query,
		body,
		signal,
		requestSignal = signal,
	}: ApiCall): Promise<Response> => {
		const url = urlOf(endpoint, path, query);
		const target: Target = { peer: "endpoint", origin: url.origin, path: url.pathname };
		const recovery = createRecovery(context, { target, signal });
		let wait = 0;
		let lost = false;
		let conflicts = 0;
		let hasNewHeaders = path === "" || typeof headers !== "function";
		return await ky(url, {
			...(body ? { method: "post", json: body } : {}),
			stringifyJson: encode,
			signal: requestSignal,
			// each attempt has its own below, which covers the headers function and the body of the response
			timeout: false,
			async fetch(request) {
				signal.throwIfAborted();
				// a completion may take the server 25 s
				const response = await recovery
					.watch(path === "complete" ? 3 : 1, () =>
						context.trackRequest(attempt(request, requestSignal)),
					)
					.catch((error: unknown) => {
						lost = lostConnection.test(`${error}`);
						// no TypeError in Cloudflare's workers and happy-dom
						throw lost && !(error instanceof TypeError) ? new NetworkError(error) : error;
					});
				recovery.answered();
				return response;
			},
			retry: {
				methods: ["post", "get"],
				// the budgets are the limit; ky takes no `Infinity`
				limit: 1e9,
				delay: () => wait,
				async shouldRetry({ error }) {
					if (error instanceof HTTPError) {
						const { response } = error;
						const data = parse(await response.text());
						// a login may end during a long upload
						const signsInAgain = response.status === 401 && !hasNewHeaders;
						hasNewHeaders ||= signsInAgain;
						if (response.headers.has("retry-after") && response.status === 409) conflicts++;
						const failure = explainResponse({ url, body, conflicts }, response, data);
						wait = signsInAgain ? 0 : await recovery.afterFailure(failure, response.headers);
					} else {
						wait = await recovery.afterNetworkError(error, lost);
					}
					return true;
				},
			},
			hooks: { beforeRetry: [() => context.setRetrying(undefined)] },
		});
	};
	/** Calls an operation, and reads a reply that must have one of these members. */
	const request: Api["request"] = async <Reply>(members: readonly string[], sent: ApiCall) => {
		const response = await send(sent);
		const text = await response.text();
		const reply = parse(text);
		if (!isObject(reply)) {
			const { path, body } = sent;
			const call = { url: urlOf(endpoint, path), body, conflicts: 0 };
			const [, error] = explainResponse(call, response, text);
			context.platform.reachability.nameWorker?.(error);
			throw error;
		}
		if (members.length > 0 && !members.some((member) => member in reply)) throw incompatibleReply();
		return reply as Reply;
	};

	const api: Api = {
		token: "",
		send,
		request,
		async create(body, signal, requestSignal) {
			const sent = { path: "", body, signal, requestSignal } as const;
			const plan = await request<UploadPlan>(["kind"], sent);
			if ("token" in plan) api.token = plan.token;
			return plan;
		},
		async call(name, draft, signal, ...members) {
			type Reply = Messages[typeof name]["reply"] & { readonly token?: string };
			const body = { token: api.token || undefined, ...draft };
			const reply = await request<Reply>(members, { path: name, body, signal });
			api.token = reply.token ?? api.token;
			return reply;
		},
		async complete(draft, signal) {
			const deadline = performance.now() + completionTimeout;
			const { wait } = context.settings;
			const ask = () => api.call("complete", { wait, ...draft }, signal, "key", "state");
			for (;;) {
				const reply = await ask().catch((error) => {
					// the endpoint itself may have completed the upload
					if (foreignErrors.has(error)) return ask();
					throw error;
				});
				if (!("state" in reply)) return reply;
				context.setPending?.();
				if (performance.now() > deadline) {
					throw new UploadError("timeout", "The storage is still at work: try again later.");
				}
				await sleep(Math.min(Math.max(Number(reply.retryAfter) || 0, 1), 60) * 1000, signal);
			}
		},
		async abort(signal) {
			await send({ path: "abort", body: { token: api.token }, signal });
		},
		async checkOperations(signal) {
			// the upload does not wait for it
			const beside = {
				trackRequest: async <V>(request: Promise<V>) => request,
				setOnline() {},
				setRetrying() {},
			};
			const own = createApi({ ...context, ...beside });
			own.token = api.token;
			// the upload may be complete when this comes: after this number the storage isn't asked
			await own.call("list", { after: 50_000 }, signal, "parts");
		},
	};
	return api;
}
