import { until } from "../http/wait.js";
import { createResponse } from "../http/xhr-request.js";
import type { OutgoingRequest, SendOptions } from "../platform.js";
import { NetworkError, responseTimeout, StallError } from "../transport-errors.js";

/** Bytes per second of the slowest connection that counts as moving, since `fetch` does not report it. */
const slowest = 32 * 1024;

/**
 * Sends a Blob by `fetch`, where there is no XMLHttpRequest: service workers, edge runtimes. Progress is reported
 * once, with the response.
 *
 * @throws {@link NetworkError} without a response, {@link StallError}, or the signal's reason.
 */
export async function fetchRequest(
	{ url, ...init }: OutgoingRequest,
	body: Blob,
	{ signal, stallTimeout, onSent }: SendOptions,
): Promise<Response> {
	const stall = new AbortController();
	const either = AbortSignal.any([signal, stall.signal]);
	const timeout = responseTimeout(stallTimeout);
	const interval = stallTimeout / 4;
	// intervals are counted, since a clock goes on while the machine sleeps
	let left = (body.size / slowest) * 1_000;
	const timer = setInterval(() => {
		left -= interval;
		if (left > 0) onSent(0);
		else if (left <= -timeout) stall.abort(new StallError(timeout));
	}, interval);
	onSent(0);
	const exchange = async (): Promise<Response> => {
		const response = await fetch(url, { ...init, body, signal: either });
		const text = await response.text();
		onSent(body.size);
		return createResponse(text, response, response.redirected);
	};
	try {
		return await until(exchange(), either);
	} catch (error) {
		either.throwIfAborted();
		throw new NetworkError(error);
	} finally {
		clearInterval(timer);
	}
}
