import { xhrRequest } from "../http/xhr-request.js";
import type { OutgoingRequest, SendOptions, UploadBody } from "../platform.js";
import { NetworkError, StallError } from "../transport-errors.js";
import { isBlobBody, throwFileChanged } from "./blob-source.js";
import { fetchRequest } from "./fetch.js";

/**
 * Sends bodies by XMLHttpRequest, the only browser API that reports how much was sent; by `fetch` where there is
 * none. A body is sent as a Blob: as an ArrayBuffer the same bytes cost Chromium thirty times the processor time.
 */
export async function send(
	request: OutgoingRequest,
	body: UploadBody,
	options: SendOptions,
): Promise<Response> {
	options.signal.throwIfAborted();
	if (!isBlobBody(body)) throw new TypeError("The body was not opened by this runtime.");
	try {
		// happy-dom's XMLHttpRequest sends no Content-Length, which presigned URLs demand
		const usesXhr = globalThis.XMLHttpRequest && !("happyDOM" in globalThis);
		const sendBlob = usesXhr ? xhrRequest : fetchRequest;
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
