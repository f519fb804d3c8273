import { type OutgoingRequest, type Platform, type SendOptions, StallError } from "../platform.js";
import { isBlobBody, read } from "./blob-source.js";
import type { Reachability } from "./reachability.js";

/** Statuses whose answers have no body by definition; `Response` refuses one for them. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Sends bodies by XMLHttpRequest, the only one in browsers that tells how much has left. A body goes
 * out as the Blob it is: as an ArrayBuffer the same bytes cost Chromium thirty times the processor time.
 */
export function createTransport(reachability: Reachability): Platform["send"] {
	return async (request, body, options) => {
		options.signal.throwIfAborted();
		if (!isBlobBody(body)) throw new TypeError("The body was not opened by this runtime.");
		const ended = new AbortController();
		const hashed = digest(body.chunks(), options, ended.signal);
		// its failure is looked at only once the answer is there
		hashed.catch(() => {});
		try {
			const response = await exchange(request, body.blob, options);
			reachability.answered(request.url);
			if (response.ok) await hashed;
			return response;
		} catch (error) {
			if (error instanceof TypeError) {
				// a changed file looks like a dead network, so ask the file first
				await read(body.blob.slice(0, 1));
				await reachability.failed(request.url, options.signal);
			}
			throw error;
		} finally {
			ended.abort();
		}
	};
}

async function digest(
	chunks: AsyncIterable<Uint8Array>,
	{ hash, signal }: SendOptions,
	ended: AbortSignal,
): Promise<void> {
	if (!hash) return;
	for await (const chunk of chunks) {
		signal.throwIfAborted();
		if (ended.aborted) return;
		hash.update(chunk);
	}
}

/** @throws TypeError without an answer, {@link StallError}, or the signal's reason. */
function exchange(
	{ method, url, headers }: OutgoingRequest,
	blob: Blob,
	{ signal, stallTimeout, onSent }: SendOptions,
): Promise<Response> {
	return new Promise((resolve, reject) => {
		const xhr = new XMLHttpRequest();
		let patience = stallTimeout;
		let movedAt = performance.now();
		let timer: ReturnType<typeof setTimeout>;
		const moved = (): void => {
			movedAt = performance.now();
		};
		// a hidden page's timers come late, so the clock decides and not the timer
		const watch = (): void => {
			const left = movedAt + patience - performance.now();
			if (left > 0) timer = setTimeout(watch, left);
			else fail(new StallError(`No byte moved for ${patience / 1000} s.`));
		};
		const settle = (): void => {
			clearTimeout(timer);
			signal.removeEventListener("abort", stop);
		};
		const fail = (error: unknown): void => {
			settle();
			reject(error);
			xhr.abort();
		};
		const stop = (): void => fail(signal.reason);

		xhr.upload.onprogress = ({ loaded }) => {
			moved();
			onSent(loaded);
		};
		xhr.upload.onload = () => {
			moved();
			// what has left the page may still be on its way for long
			patience = 4 * stallTimeout;
			onSent(blob.size);
		};
		xhr.onprogress = moved;
		xhr.onload = () => {
			settle();
			resolve(toResponse(xhr));
		};
		// the message by which ky knows a network failure
		xhr.onerror = () => fail(new TypeError("Failed to fetch"));
		xhr.open(method, url);
		for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
		signal.addEventListener("abort", stop, { once: true });
		if (blob.size === 0) patience = 4 * stallTimeout;
		timer = setTimeout(watch, patience);
		xhr.send(blob);
	});
}

function toResponse(xhr: XMLHttpRequest): Response {
	const { status, statusText } = xhr;
	const headers = new Headers();
	for (const line of xhr.getAllResponseHeaders().split("\r\n")) {
		const colon = line.indexOf(":");
		if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
	}
	return new Response(bodiless.has(status) ? null : xhr.responseText, {
		status,
		statusText,
		headers,
	});
}
