import { until } from "../http/wait.js";
import { type OutgoingRequest, type Platform, type SendOptions, StallError } from "../platform.js";
import { isBlobBody, refuse } from "./blob-source.js";

/**
 * Sends bodies by XMLHttpRequest, the only one in browsers that tells how much has left. A body goes
 * out as the Blob it is: as an ArrayBuffer the same bytes cost Chromium thirty times the processor time.
 */
export const send: Platform["send"] = async (request, body, options) => {
	const { signal, hash } = options;
	signal.throwIfAborted();
	if (!isBlobBody(body)) throw new TypeError("The body is not of this runtime.");
	let ended = false;
	const digest = async (): Promise<void> => {
		if (!hash) return;
		for await (const chunk of body.chunks()) {
			if (ended) return;
			hash.update(chunk);
		}
	};
	const digested = digest();
	// its failure is looked at only once the answer is there
	digested.catch(() => {});
	try {
		const response = await exchange(request, body.blob, options);
		if (response.ok) await until(digested, signal);
		return response;
	} catch (error) {
		// a changed file looks like a dead network, so ask the file first
		if (error instanceof TypeError) await body.blob.slice(0, 1).arrayBuffer().catch(refuse);
		throw error;
	} finally {
		ended = true;
	}
};

/** @throws TypeError without an answer, {@link StallError}, or the signal's reason. */
function exchange(
	{ method, url, headers }: OutgoingRequest,
	blob: Blob,
	{ signal, stallTimeout, onSent }: SendOptions,
): Promise<Response> {
	const xhr = new XMLHttpRequest();
	// what has left the page may still be on its way for long
	const answerTimeout = 4 * stallTimeout;
	let patience = blob.size === 0 ? answerTimeout : stallTimeout;
	const interval = stallTimeout / 4;
	let timer: ReturnType<typeof setInterval>;
	const answer = new Promise<Response>((resolve, reject) => {
		let movedAt = 0;
		let lookedAt = performance.now();
		let doubted = false;
		const moved = (): void => {
			movedAt = performance.now();
			doubted = false;
		};
		// timers come late in a hidden page and after a sleep: what a late one finds is only a doubt, and
		// until the next one the network may show that it is alive
		timer = setInterval(() => {
			const now = performance.now();
			const late = now - lookedAt > 2 * interval;
			lookedAt = now;
			if (now - movedAt < patience) return;
			if (doubted || !late) reject(new StallError(`No byte moved for ${patience / 1000} s.`));
			doubted = true;
		}, interval);
		xhr.upload.onprogress = ({ loaded }) => {
			moved();
			onSent(loaded);
		};
		xhr.upload.onload = () => {
			patience = answerTimeout;
			moved();
			onSent(blob.size);
		};
		xhr.onprogress = moved;
		xhr.onload = () => resolve(toResponse(xhr));
		// the message by which ky knows a network failure
		xhr.onerror = () => reject(new TypeError("Failed to fetch"));
		xhr.open(method, url);
		for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
		moved();
		xhr.send(blob);
	});
	return until(answer, signal).finally(() => {
		clearInterval(timer);
		xhr.abort();
	});
}

function toResponse(xhr: XMLHttpRequest): Response {
	const lines = xhr.getAllResponseHeaders().matchAll(/^(.+?): (.*)$/gm);
	return new Response(xhr.responseText || null, {
		status: xhr.status,
		headers: Array.from(lines, ([, name = "", value = ""]) => [name, value]),
	});
}
