import { isWebPage } from "../xml.js";
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
	// of an answer to DELETE nothing else is read
	const isPage =
		init.method === "DELETE" &&
		isWebPage(response.status, headers.get("content-type"), headers.get("content-length"));
	if (response.ok && !isPage) return { headers, text };
	const name = headers.get("x-ms-error-code") ?? /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? "";
	const skew = (Date.now() - Date.parse(headers.get("date") ?? "")) / 1_000;
	throw refusedError({ name, status: response.status, skew }, action);
}
