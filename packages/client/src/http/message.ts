import type { OperationName, operations } from "#protocol";
import { incompatibleReply, UploadError } from "../errors.js";
import type { HeadersOption, HeaderValues } from "../options.js";

/** A request before JSON, which leaves out what is undefined. */
export type Draft<Value> = Value extends readonly (infer Item)[]
	? readonly Draft<Item>[]
	: Value extends object
		? { readonly [Name in keyof Value]: Draft<Value[Name]> | Absent<Value, Name> }
		: Value;

type Absent<Value, Name extends keyof Value> =
	Record<string, never> extends Pick<Value, Name> ? undefined : never;

/** Bytes of the longest reply that is read; a window of URLs has less than a tenth. */
const maxReplyBytes = 1_000_000;

/** The last segment of a call's path. */
export type Path = (typeof operations)[OperationName]["path"];

/**
 * Reads a response to its end.
 *
 * @returns it with its text in memory: what some DOMs clone is empty
 * @throws UploadError where it is longer than any reply of the contract
 */
export async function readWhole(response: Response): Promise<Response> {
	const { body, redirected, status, url } = response;
	// a redirect that is not followed can't be constructed; in WebKit it has an empty body
	if (!body || !status) return response;
	const reader = body.getReader();
	const decoder = new TextDecoder();
	let text = "";
	for (let bytes = 0; ; ) {
		const { value } = await reader.read();
		if (!value) break;
		text += decoder.decode(value, { stream: true });
		bytes += value.byteLength;
		if (bytes <= maxReplyBytes) continue;
		reader.cancel().catch(() => {});
		throw incompatibleReply();
	}
	return Object.defineProperties(new Response(text || null, response), {
		redirected: { value: redirected },
		url: { value: url },
	});
}

export async function readHeaders(option: HeadersOption): Promise<Headers> {
	const values: HeaderValues | undefined = typeof option === "function" ? await option() : option;
	try {
		const headers = new Headers(values);
		headers.set("content-type", "application/json");
		return headers;
	} catch {
		// the constructor's own error repeats the value, which may be a credential
		throw new UploadError("invalid-request", "`headers` hold a bad name or value.");
	}
}

/** Undefined for what is no JSON. */
export function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

export function urlOf(
	{ origin, pathname, search }: URL,
	path: Path,
	query: Readonly<Record<string, string | undefined>> = {},
): URL {
	// a framework that wants slashes at the end of paths redirects all others, which pages don't follow
	const slash = /[^/]\/+$/.test(pathname) ? "/" : "";
	const full = path ? `${pathname.replace(/\/+$/, "")}/${path}${slash}` : pathname;
	const url = new URL(origin + full + search);
	for (const [name, value] of Object.entries(query)) {
		if (value !== undefined) url.searchParams.set(name, value);
	}
	return url;
}

export function encode(request: unknown): string {
	try {
		return JSON.stringify(request);
	} catch (cause) {
		throw new UploadError("invalid-request", "`metadata` must be plain JSON.", { cause });
	}
}
