import { isForeign } from "../foreign-answers.js";
import { refusedError, type StorageAction, unansweredError } from "./errors.js";

/** A successful answer, read to its end. */
export interface Answer {
	readonly headers: Headers;
	readonly text: string;
}

/** Sends one request. @throws UploadError, which holds neither the URL nor a header. */
export async function exchange(
	action: StorageAction,
	url: string,
	init: RequestInit,
): Promise<Answer> {
	let response: Response;
	let text: string;
	try {
		response = await fetch(url, { ...init, redirect: "error" });
		text = await response.text();
	} catch (error) {
		throw unansweredError(error, action);
	}
	const { headers } = response;
	const { method } = init;
	const isOwn = response.ok && !isForeign(response, text, { method, prefix: "x-ms-" });
	if (isOwn) return { headers, text };
	const name = headers.get("x-ms-error-code") ?? /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? "";
	const skew = (Date.now() - Date.parse(headers.get("date") ?? "")) / 1_000;
	throw refusedError({ name, status: response.status, skew }, action);
}
