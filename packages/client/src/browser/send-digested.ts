import { until } from "../http/wait.js";
import type { Platform } from "../platform.js";
import { send } from "./xhr.js";

/**
 * Sends a body and reads it a second time meanwhile, for its digest. Only parts are digested on the way: a
 * whole file is before, since its URL is bound to the digest.
 */
export const sendDigested: Platform["send"] = async (request, body, options) => {
	const { signal, hash } = options;
	let ended = false;
	const digest = async (): Promise<void> => {
		if (!hash) return;
		for await (const chunk of body.chunks()) {
			if (ended) return;
			hash.update(chunk);
		}
	};
	const digested = digest();
	const unreadable = new AbortController();
	digested.catch((error) => unreadable.abort(error));
	try {
		const either = AbortSignal.any([signal, unreadable.signal]);
		const response = await send(request, body, { ...options, signal: either });
		if (response.ok) await until(digested, signal);
		return response;
	} finally {
		ended = true;
	}
};
