import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { SendOptions } from "../platform.js";
import { NetworkError, responseTimeout, StallError } from "../transport-errors.js";
import { isSuccess, maxResponseBody, toResponse } from "./response.js";
import type { SenderState } from "./sender-state.js";
import type { NodeBody } from "./sources/body.js";
import { type StallWatch, watchStall } from "./stall.js";
import { writeBody } from "./write-body.js";

/** Milliseconds to wait for `100 Continue` before sending the body without it (RFC 9110, 10.1.1). */
const continueTimeout = 1_000;

/**
 * Sends a body over a new request and reads the response. A response that refuses the body counts even
 * when it is early or the connection breaks after it. A success counts once the whole body is written and
 * the whole response is read.
 */
export function exchange(
	request: ClientRequest,
	body: NodeBody,
	sender: SenderState,
	{ signal, stallTimeout, onSent, pace, hash }: SendOptions,
): Promise<Response> {
	return new Promise((resolve, reject) => {
		/** Aborted when the promise has settled. */
		const settled = new AbortController();
		let watch: StallWatch | undefined;
		let written = 0;
		let isBodySent = false;
		let response: IncomingMessage | undefined;
		let isResponseRead = false;
		const chunks: Uint8Array[] = [];

		const settleOnce = (outcome: () => void): void => {
			if (settled.signal.aborted) return;
			settled.abort();
			// by a listener's `signal` option, Node would keep the request until its next full garbage collection
			signal.removeEventListener("abort", stop);
			watch?.stop();
			outcome();
		};
		const fail = (error: unknown): void =>
			settleOnce(() => {
				request.destroy();
				reject(error);
			});
		const stop = (): void => fail(signal.reason);
		const deliver = (message: IncomingMessage): void =>
			settleOnce(() => {
				// with an incomplete body or response on it, the connection cannot be used again
				if (!isBodySent || !message.complete) request.destroy();
				try {
					resolve(toResponse(message, Buffer.concat(chunks)));
				} catch (error) {
					reject(error);
				}
			});
		const breakOff = (error: unknown): void => {
			if (response && !isSuccess(response)) deliver(response);
			else fail(error);
		};
		const onBroken = (cause = new Error("The connection closed before the response.")): void => {
			// request and response are complete; the response's end settles the promise
			if (response?.complete && (written === body.size || !isSuccess(response))) return;
			breakOff(new NetworkError(cause));
		};
		const sendBody = async (socket: Socket): Promise<void> => {
			let limit = stallTimeout;
			watch = watchStall(socket, limit, () => breakOff(new StallError(limit)));
			// listen now, because the body is written to the socket directly
			request.flushHeaders();
			if (request.hasHeader("expect")) await untilContinue(request);
			if (settled.signal.aborted) return;
			isBodySent = await writeBody(request, socket, body, {
				sender,
				signal: settled.signal,
				pace,
				hash,
				onWritten: (bytes) => {
					written = bytes;
					watch?.moved();
					onSent(bytes);
				},
			});
			if (!isBodySent) return;
			limit = responseTimeout(stallTimeout);
			watch.limit(limit);
			if (response && isResponseRead) deliver(response);
		};

		signal.addEventListener("abort", stop);
		request.on("error", onBroken);
		request.on("close", onBroken);
		request.on("response", (message) => {
			response = message;
			let size = 0;
			message.on("error", onBroken);
			message.on("data", (chunk: Uint8Array) => {
				chunks.push(chunk);
				size += chunk.byteLength;
				if (size <= maxResponseBody) return;
				if (isBodySent || !isSuccess(message)) deliver(message);
				// no storage has what it did not read
				else fail(new NetworkError(new Error("The response came before the body.")));
			});
			message.on("end", () => {
				isResponseRead = true;
				if (isBodySent || !isSuccess(message)) deliver(message);
			});
		});
		request.on("socket", (socket) => {
			// Deno repeats requests on reused connections by itself, even destroyed ones (denoland/deno#36786)
			request.reusedSocket = false;
			if (!settled.signal.aborted) sendBody(socket).catch(fail);
		});
	});
}

/** Waits for `100 Continue`, or until the timeout. */
function untilContinue(request: ClientRequest): Promise<void> {
	return new Promise((resolve) => {
		request.once("continue", resolve);
		setTimeout(resolve, continueTimeout).unref();
	});
}
