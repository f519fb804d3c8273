import type { OutgoingRequest, SendOptions } from "../platform.js";
import { NetworkError, responseTimeout, StallError } from "../transport-errors.js";
import { until } from "./wait.js";

/** What XMLHttpRequest sends; `size` is in bytes, as that of a Blob. */
export type XhrContent = XMLHttpRequestBodyInit & { readonly size: number };

/**
 * Sends a body by XMLHttpRequest. A response counts as redirected unless its URL is that of the request.
 *
 * @throws {@link NetworkError} without a response, {@link StallError}, or the signal's reason.
 */
export function xhrRequest(
	{ method, url, headers }: OutgoingRequest,
	content: XhrContent,
	{ signal, stallTimeout, onSent }: SendOptions,
): Promise<Response> {
	const xhr = new XMLHttpRequest();
	let timeout = stallTimeout;
	const interval = stallTimeout / 4;
	let timer: ReturnType<typeof setInterval>;
	const response = new Promise<Response>((resolve, reject) => {
		let movedAt = 0;
		let checkedAt = performance.now();
		let suspected = false;
		const moved = (): void => {
			movedAt = performance.now();
			suspected = false;
		};
		const sent = (bytes: number): void => {
			// the body may still be in buffers on the way; Firefox fires `load` only with the response
			if (bytes === content.size) timeout = responseTimeout(stallTimeout);
			moved();
			onSent(bytes);
		};
		// a late timer (hidden tab, sleep) only marks suspicion; the next one decides
		timer = setInterval(() => {
			const now = performance.now();
			const late = now - checkedAt > 2 * interval;
			checkedAt = now;
			if (now - movedAt < timeout) return;
			if (suspected || !late) reject(new StallError(timeout));
			suspected = true;
		}, interval);
		xhr.upload.onprogress = ({ loaded }) => sent(loaded);
		xhr.upload.onload = () => sent(content.size);
		xhr.onprogress = moved;
		xhr.onload = () => resolve(toResponse(xhr, url));
		// iOS ends a request by a timeout of its own
		xhr.onerror = xhr.ontimeout = () => reject(new NetworkError());
		xhr.open(method, url);
		for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
		// without a body no progress is reported
		sent(0);
		xhr.send(content);
	});
	return until(response, signal).finally(() => {
		clearInterval(timer);
		xhr.abort();
	});
}

function toResponse(xhr: XMLHttpRequest, url: string): Response {
	const lines = xhr.getAllResponseHeaders().matchAll(/^(.+?): (.*)$/gm);
	const headers = Array.from(lines, ([, name = "", value = ""]): [string, string] => [name, value]);
	const redirected = xhr.responseURL !== new URL(url).href;
	return createResponse(xhr.responseText, { status: xhr.status, headers }, redirected);
}

/** A response that was read. `fetch` sets `redirected`; the Response constructor can't. */
export const createResponse = (
	text: string,
	{ status, headers }: { readonly status: number; readonly headers: HeadersInit },
	redirected: boolean,
): Response =>
	Object.defineProperty(new Response(text || null, { status, headers }), "redirected", {
		value: redirected,
	});
