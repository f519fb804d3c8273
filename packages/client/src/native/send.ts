import { createResponse, type XhrContent, xhrRequest } from "../http/xhr-request.js";
import type { OutgoingRequest, SendOptions, UploadBody } from "../platform.js";
import { inChunks, isNativeBody, type NativeContent } from "./file-source.js";

/**
 * Sends a body by React Native's XMLHttpRequest: a whole file by its `uri`, which native code reads, and a part as
 * bytes, which reach native code as base64.
 */
export async function send(
	request: OutgoingRequest,
	body: UploadBody,
	options: SendOptions,
): Promise<Response> {
	const { signal, hash } = options;
	signal.throwIfAborted();
	if (!isNativeBody(body)) throw new TypeError("The body was not opened by this runtime.");
	const content = await body.content();
	if (hash) {
		const chunks = "uri" in content ? body.chunks() : inChunks(content);
		for await (const chunk of chunks) {
			signal.throwIfAborted();
			hash.update(chunk);
		}
	}
	signal.throwIfAborted();
	// Android refuses a body without a type; no signed URL of a part binds one
	const headers = { "content-type": "application/octet-stream", ...lowerCased(request.headers) };
	const response = await xhrRequest(
		{ ...request, headers },
		content as NativeContent & XhrContent,
		options,
	);
	const { status, headers: received } = response;
	// native code spells URLs in its own way: a difference is no redirect
	return createResponse(await response.text(), { status, headers: received }, false);
}

const lowerCased = (headers: OutgoingRequest["headers"]): Record<string, string> =>
	Object.fromEntries(
		Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const),
	);
