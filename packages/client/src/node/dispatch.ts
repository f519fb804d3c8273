import { isObject } from "../errors.js";
import { until } from "../http/wait.js";
import type { OutgoingRequest, SendOptions } from "../platform.js";
import { NetworkError, responseTimeout, StallError } from "../transport-errors.js";
import { maxResponseBody } from "./response.js";
import type { NodeBody } from "./sources/body.js";

/** What is used of a `Dispatcher` of undici. */
interface Dispatcher {
	request(options: object): Promise<{
		readonly statusCode: number;
		readonly headers: Readonly<Record<string, string | readonly string[]>>;
		readonly body: AsyncIterable<Uint8Array>;
	}>;
}

/** Failures of the dispatcher itself, which another attempt does not mend. */
const unusable = /^UND_ERR_(INVALID_ARG|NOT_SUPPORTED|DESTROYED|CLOSED)$/;

/**
 * Sends a body through a dispatcher of undici. It shows no bytes that move, only when it takes the next ones: so
 * it may take four times the stall timeout for them.
 *
 * @throws as the `send` of the platform
 */
export async function dispatch(
	dispatcher: object,
	{ method, url, headers }: OutgoingRequest,
	body: NodeBody,
	{ signal, stallTimeout, onSent, pace, hash }: SendOptions,
): Promise<Response> {
	if (!isDispatcher(dispatcher)) {
		throw new TypeError("`dispatcher` must be a Dispatcher of undici: its Agent, ProxyAgent …");
	}
	const { origin, pathname, search } = new URL(url);
	const stall = new AbortController();
	const either = AbortSignal.any([signal, stall.signal]);
	const timeout = responseTimeout(stallTimeout);
	const timer = setTimeout(() => stall.abort(new StallError(timeout)), timeout);
	let sent = 0;
	let failure: unknown;
	const moved = (bytes = 0): void => {
		sent += bytes;
		timer.refresh();
		onSent(sent);
	};
	async function* read(): AsyncGenerator<Uint8Array, void> {
		try {
			for await (const chunk of body.chunks()) {
				hash?.update(chunk);
				for (let start = 0; start < chunk.length; ) {
					const most = chunk.length - start;
					const length = (await pace?.(most, either, () => moved())) ?? most;
					// the chunk's memory is used again, while this one may wait in the socket
					yield Uint8Array.from(chunk.subarray(start, start + length));
					start += length;
					moved(length);
				}
			}
		} catch (error) {
			failure = error;
			throw error;
		}
	}
	const exchange = async (): Promise<Response> => {
		const response = await dispatcher.request({
			method,
			origin,
			path: pathname + search,
			headers: { ...headers, "content-length": `${body.size}` },
			body: body.size > 0 ? read() : null,
			signal: either,
		});
		const chunks: Uint8Array[] = [];
		let size = 0;
		for await (const chunk of response.body) {
			chunks.push(chunk);
			size += chunk.length;
			if (size > maxResponseBody) break;
		}
		const { statusCode: status } = response;
		// the storage accepted what it cannot have
		if (status < 300 && sent < body.size) throw new Error("The response came before the body.");
		const lines = Object.entries(response.headers).flatMap(([name, values]) =>
			[values].flat().map((value): [string, string] => [name, value]),
		);
		return new Response(size > 0 ? Buffer.concat(chunks) : null, { status, headers: lines });
	};
	try {
		return await until(exchange(), either);
	} catch (error) {
		either.throwIfAborted();
		if (failure) throw failure;
		throw isUnusable(error) ? error : new NetworkError(error);
	} finally {
		clearTimeout(timer);
	}
}

const isDispatcher = (value: object): value is Dispatcher =>
	"request" in value && typeof value.request === "function";

const isUnusable = (error: unknown): boolean =>
	isObject(error) && "code" in error && unusable.test(`${error.code}`);
