import { until } from "../http/wait.js";
import type { OutgoingRequest, SendOptions, UploadBody } from "../platform.js";
import { NetworkError, responseTimeout, StallError } from "../transport-errors.js";
import { isBlobBody, throwFileChanged } from "./blob-source.js";
import { createResponse, fetchRequest } from "./fetch.js";

type XhrOptions = Omit<SendOptions, "hash">;

/**
 * Sends bodies by XMLHttpRequest, the only browser API that reports how much was sent; by `fetch` where there is
 * none. A body is sent as a Blob: as an ArrayBuffer the same bytes cost Chromium thirty times the processor time.
 */
export async function send(
	request: OutgoingRequest,
	body: UploadBody,
	options: XhrOptions,
): Promise<Response> {
	options.signal.throwIfAborted();
	if (!isBlobBody(body)) throw new TypeError("The body was not opened by this runtime.");
	try {
		const sendBlob = globalThis.XMLHttpRequest ? xhrRequest : fetchRequest;
		return await sendBlob(request, body.blob, options);
	} catch (error) {
		// a changed file looks like a dead network; in Firefox, which sends a shortened one, like a stalled one
		if (error instanceof NetworkError || error instanceof StallError) {
			const last = await body.blob.slice(-1).arrayBuffer().catch(throwFileChanged);
			if (body.size && !last.byteLength) throwFileChanged(error);
		}
		throw error;
	}
}

/** @throws {@link NetworkError} without a response, {@link StallError}, or the signal's reason. */
function xhrRequest(
	{ method, url, headers }: OutgoingRequest,
	blob: Blob,
	{ signal, stallTimeout, onSent }: XhrOptions,
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
			if (bytes === blob.size) timeout = responseTimeout(stallTimeout);
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
		xhr.upload.onload = () => sent(blob.size);
		xhr.onprogress = moved;
		xhr.onload = () => resolve(toResponse(xhr, url));
		xhr.onerror = () => reject(new NetworkError());
		xhr.open(method, url);
		for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
		// without a body no progress is reported
		sent(0);
		xhr.send(blob);
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
