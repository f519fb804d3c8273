import { until } from "../http/wait.js";
import type { Platform } from "../platform.js";
import { updateByBody } from "../upload/checksum.js";
import { send } from "./xhr.js";

/**
 * Sends a body and reads it a second time meanwhile, for its digest. Only parts are digested on the way: a
 * whole file is before, since its URL is bound to the digest.
 */
export const sendAndDigest: Platform["send"] = async (request, body, options) => {
	const { signal, hash } = options;
	const ended = new AbortController();
	const either = AbortSignal.any([signal, ended.signal]);
	const digested = hash && updateByBody(hash, body, either);
	digested?.catch((error) => ended.abort(error));
	try {
		const response = await send(request, body, { ...options, signal: either });
		if (response.ok && digested) await until(digested, signal);
		return response;
	} finally {
		ended.abort();
	}
};
