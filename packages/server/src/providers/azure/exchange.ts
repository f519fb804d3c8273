import { refusedError, type StorageAction, unansweredError } from "./errors.js";

/** Sends one request. @throws UploadError, which holds neither the URL nor a header. */
export async function exchange(
	action: StorageAction,
	url: string,
	init: RequestInit,
): Promise<Response> {
	let response: Response;
	try {
		response = await fetch(url, { ...init, redirect: "error" });
	} catch (error) {
		throw unansweredError(error, action);
	}
	if (response.ok) return response;
	const text = await response.text().catch(() => "");
	const name =
		response.headers.get("x-ms-error-code") ?? /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? "";
	const skew = (Date.now() - Date.parse(response.headers.get("date") ?? "")) / 1_000;
	throw refusedError({ name, status: response.status, skew }, action);
}
