import { once } from "node:events";
import http from "node:http";
import net, { type AddressInfo, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { createAgents, createSend } from "../../src/node/send.js";
import { createOpenBody } from "../../src/node/sources/body.js";
import type { Hasher, Platform, SendOptions, UploadBody } from "../../src/platform.js";
import { StallError } from "../../src/transport-errors.js";

export interface Sink {
	readonly url: string;
	/** Connections that are open now. */
	readonly sockets: ReadonlySet<Socket>;
	/** Connections that were ever opened. */
	readonly accepted: () => number;
	/** Connections that are still open after all unread bytes are read. */
	readonly remaining: () => number;
}

async function listen(server: Server): Promise<Sink> {
	const sockets = new Set<Socket>();
	let accepted = 0;
	server.on("connection", (socket: Socket) => {
		accepted++;
		sockets.add(socket);
		socket.on("error", () => {});
		socket.on("close", () => sockets.delete(socket));
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => {
		for (const socket of sockets) socket.destroy();
		server.close();
	});
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}/key?sig=secret`,
		sockets,
		accepted: () => accepted,
		remaining: () => {
			for (const socket of sockets) socket.resume();
			return sockets.size;
		},
	};
}

/** An HTTP server, closed with its connections when the test ends. */
export function startSink(listener: http.RequestListener): Promise<Sink> {
	return listen(http.createServer(listener));
}

/** A server that handles each connection itself. */
export function startRawSink(onConnection: (socket: Socket, index: number) => void): Promise<Sink> {
	let index = 0;
	return listen(net.createServer((socket) => onConnection(socket, index++)));
}

/** Calls back with the head of the first request, once it is there; the rest stays unread. */
export function onHead(socket: Socket, callback: (head: string) => void): void {
	let head = "";
	const onData = (chunk: Buffer) => {
		head += chunk.toString("latin1");
		const end = head.indexOf("\r\n\r\n");
		if (end < 0) return;
		socket.off("data", onData);
		socket.pause();
		callback(head.slice(0, end + 4));
	};
	socket.on("data", onData);
}

/** Calls back once the head and a body of this many bytes are read. */
export function onWhole(socket: Socket, bodySize: number, callback: () => void): void {
	let received = Buffer.alloc(0);
	let left = Number.POSITIVE_INFINITY;
	socket.on("data", (chunk: Buffer) => {
		if (left === Number.POSITIVE_INFINITY) {
			received = Buffer.concat([received, chunk]);
			const end = received.indexOf("\r\n\r\n");
			if (end < 0) return;
			left = bodySize - (received.length - end - 4);
		} else left -= chunk.length;
		if (left === 0) callback();
	});
}

/** Sends a PUT with defaults for what most tests do not set. */
export type Send = (
	url: string,
	body: UploadBody,
	options?: Partial<SendOptions> & { readonly headers?: Record<string, string>; hash?: Hasher },
) => Promise<Response>;

const sendWith =
	(send: Platform["send"]): Send =>
	(url, body, { headers = {}, ...options } = {}) =>
		send({ method: "PUT", url, headers }, body, {
			signal: new AbortController().signal,
			stallTimeout: 10_000,
			onSent: () => {},
			...options,
		});

/** A sender with its own connections, which are closed when the test ends. */
export function openTransport(maxSockets = 16): {
	readonly send: Send;
	/** Connections that are open on this side, idle ones included. */
	readonly connections: () => readonly Socket[];
} {
	const agents = createAgents(maxSockets);
	onTestFinished(() => agents.http.destroy());
	return {
		connections: () =>
			[agents.http.sockets, agents.http.freeSockets].flatMap((pool) =>
				Object.values(pool).flatMap((sockets) => sockets ?? []),
			),
		send: sendWith(createSend(agents)),
	};
}

/** A body of bytes in memory. */
export const bodyOf = (bytes: Uint8Array): UploadBody =>
	createOpenBody(bytes.byteLength, async (position, length) =>
		bytes.subarray(position, position + length),
	);

/** The reason of a rejected promise. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
	try {
		await promise;
	} catch (error) {
		return error;
	}
	throw new Error("The promise resolved instead of rejecting.");
}

export const isNetworkFailure = (error: unknown): error is TypeError =>
	error instanceof TypeError && error.message === "fetch failed" && error.cause instanceof Error;

export const isStall = (error: unknown): error is StallError => error instanceof StallError;

/** Resolves once the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
	while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
