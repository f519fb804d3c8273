import { UploadError } from "../../errors.js";
import { isForeign } from "../foreign-answers.js";
import { repeatCall } from "../repeat-call.js";
import { xmlText } from "../xml.js";
import { type SigningAccount, unavailable } from "./account.js";
import { requestAuthorizer } from "./authorize.js";
import { isSkewed, type StorageAction, storageError, unreachable } from "./errors.js";
import type { GcsSettings } from "./options.js";
import type { ControlRequest } from "./requests.js";

/** A successful response to a control call. */
export interface Answer {
	readonly headers: Headers;
	readonly text: string;
}

/** Makes one control call. */
export type SendCall = (action: StorageAction, request: ControlRequest) => Promise<Answer>;

/** Milliseconds of a whole call, below the 25 s in which the operations must answer. */
const totalTime = 20_000;

/** Makes the function that runs the control calls of one provider. */
export function callSender(settings: GcsSettings, account: SigningAccount): SendCall {
	const { bucket } = settings;
	const { getToken } = account;
	const authorize = requestAuthorizer(settings, account);
	return async (action, request) => {
		const signal = AbortSignal.timeout(totalTime);
		return repeatCall(() => sendOnce(action, request, signal));
	};

	async function sendOnce(
		action: StorageAction,
		request: ControlRequest,
		signal: AbortSignal,
	): Promise<Answer> {
		let response: Response;
		let text: string;
		try {
			const token = getToken && (await fetchToken(getToken));
			const { url, headers } = await authorize(request, token);
			response = await fetch(url, {
				method: request.method,
				body: request.body ?? null,
				headers: { ...headers, "accept-encoding": "gzip" },
				redirect: "manual",
				signal,
			});
			text = await response.text();
		} catch (cause) {
			throw cause instanceof UploadError ? cause : unreachable(cause, action);
		}
		const { ok, headers, status } = response;
		const name = xmlText(text, "Code");
		const skew = (Date.now() - Date.parse(headers.get("date") ?? "")) / 1_000;
		// a token is accepted at any time, but the URLs that follow, or came before, are refused
		const signs = ok
			? action === "begin the upload"
			: status === 404 && action === "check the object";
		if (signs && isSkewed(skew)) {
			throw storageError({ status: 403, name: "", skew }, action, bucket);
		}
		if (ok && isForeign(response, text, { method: request.method, prefix: "x-goog-" })) {
			throw storageError({ status, name: "", skew }, action, bucket);
		}
		// an upload can be refused in a response that begins with 200
		if (ok && name === undefined) return { headers, text };
		throw storageError({ status: ok ? 500 : status, name: name ?? "", skew }, action, bucket);
	}
}

/** Calls the app's function, which may return anything. */
async function fetchToken(getToken: () => Promise<unknown>): Promise<string> {
	let token: unknown;
	try {
		token = await getToken();
	} catch (cause) {
		throw unavailable("getToken threw", cause);
	}
	if (typeof token === "string" && token !== "") return token;
	throw unavailable(`getToken must return the token as a string, not ${typeof token}`);
}
