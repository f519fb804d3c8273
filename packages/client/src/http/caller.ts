import ky from "ky";
import { incompatibleReply, isObject } from "../errors.js";
import type { Target } from "../platform.js";
import { NetworkError, responseTimeout } from "../transport-errors.js";
import { encode, type Path, parse, readHeaders, readWhole, urlOf } from "./message.js";
import { explainResponse } from "./problem.js";
import { createRecovery, type RequestContext } from "./recovery.js";
import { until } from "./wait.js";

/**
 * A lost connection or a failed service worker in the words of all runtimes; any other error is a fault of the
 * caller's `fetch` or `headers`.
 */
const lostConnection =
	/respondWith|service worker|net(work)? ?(error|request|connection)|(fetch|load) failed|failed to fetch|terminated|input stream|sending request/i;

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

/**
 * Makes calls to the endpoint. They retry by the one rule, and reject with an {@link UploadError} or the signal's
 * reason.
 */
export interface Caller {
	/** Makes a call whose reply holds nothing. */
	send(request: ApiCall): Promise<Response>;
	/**
	 * Makes a call, and reads its reply.
	 *
	 * @param members one of which the reply must have; none where all are optional
	 */
	request<Reply>(members: readonly string[], request: ApiCall): Promise<Reply>;
}

export function createCaller(context: RequestContext): Caller {
	const { fetch, headers, endpoint, stallTimeout } = context.settings;
	const { followRedirects } = context.platform;
	/** One attempt, whose response is read whole: one that breaks off counts as none. */
	const attempt = async (url: URL, sent: RequestInit, outer: AbortSignal): Promise<Response> => {
		const deadline = AbortSignal.timeout(responseTimeout(stallTimeout));
		const signal = AbortSignal.any([outer, deadline]);
		const exchange = async (): Promise<Response> => {
			const own = await readHeaders(headers);
			// body parsers refuse a type without a body
			if (!sent.body) own.delete("content-type");
			// the headers and the token are for this origin alone
			const init = { ...sent, headers: own, signal, redirect: "manual" } as const;
			const attempted = new Request(url, init);
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
		const sent = body ? { method: "post", body: encode(body) } : { method: "get" };
		let conflicts = 0;
		let hasNewHeaders = path === "" || typeof headers !== "function";
		/** Milliseconds until the next attempt. */
		let wait = 0;
		const explain = async (response: Response): Promise<void> => {
			const data = parse(await response.text());
			// a login may end during a long upload
			const signsInAgain = response.status === 401 && !hasNewHeaders;
			hasNewHeaders ||= signsInAgain;
			if (response.headers.has("retry-after") && response.status === 409) conflicts++;
			const failure = explainResponse({ url, body, conflicts }, response, data);
			wait = signsInAgain ? 0 : await recovery.afterFailure(failure, response.headers);
		};
		/** Undefined where another attempt may help. */
		const sendOnce = async (): Promise<Response | undefined> => {
			signal.throwIfAborted();
			let response: Response;
			try {
				// a completion may take the server 25 s
				response = await recovery.watch(path === "complete" ? 3 : 1, () =>
					context.trackRequest(attempt(url, sent, requestSignal)),
				);
			} catch (error) {
				const lost = lostConnection.test(`${error}`);
				// no TypeError in Cloudflare's workers and happy-dom
				const cause = lost && !(error instanceof TypeError) ? new NetworkError(error) : error;
				wait = await recovery.afterNetworkError(cause, lost);
				return undefined;
			}
			recovery.answered();
			if (response.ok) return response;
			await explain(response);
			return undefined;
		};
		/** Why no attempt can help; ky would retry after any error. */
		const failures: unknown[] = [];
		const response = await ky(url, {
			// without the body, which it would copy for each retry
			method: sent.method,
			signal: requestSignal,
			// each attempt has its own, which covers the headers function and the body of the response
			timeout: false,
			async fetch() {
				const response = await sendOnce().catch((reason) => {
					failures.push(reason);
					return new Response();
				});
				if (response) return response;
				throw new Error("Another attempt may help.");
			},
			// the budgets are the limit; ky takes no `Infinity`
			retry: { methods: ["post", "get"], limit: 1e9, delay: () => wait },
			hooks: { beforeRetry: [() => context.setRetrying(undefined)] },
		});
		if (failures.length > 0) throw failures[0];
		return response;
	};
	const request: Caller["request"] = async <Reply>(members: readonly string[], sent: ApiCall) => {
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
	return { send, request };
}
