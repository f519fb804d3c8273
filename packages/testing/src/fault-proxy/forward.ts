import {
	type ClientRequest,
	type IncomingMessage,
	request as openRequest,
	type ServerResponse,
} from "node:http";
import type { FaultEffect } from "./fault.js";
import { type ForwardBodyOptions, forwardBody, type ProxyClock } from "./forward-body.js";
import { relayResponse, sendInjected, truncateResponse, withoutHeader } from "./responses.js";

/** Asks an S3 server of ours for a fault of its own. */
const storageFaultHeader = "skyput-fault";

/** One request on its way through the proxy. */
export interface ForwardContext {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	/** Whether the sender waits for `100 Continue`. */
	readonly expectsContinue: boolean;
	readonly target: URL;
	readonly effect: FaultEffect | undefined;
	/** Bytes per second of this connection. */
	readonly bandwidth: number | undefined;
	/** Milliseconds to wait before forwarding. */
	readonly latency: number;
	readonly clock: ProxyClock;
	/** Called with the status of the target's response, whether or not the sender gets it. */
	readonly onTargetStatus: (status: number) => void;
}

/** Forwards one request and applies the effect. Rejects when a connection breaks by itself. */
export async function forward(context: ForwardContext): Promise<void> {
	const { request, response, expectsContinue, effect, latency, clock } = context;
	await clock.sleep(latency + (effect?.kind === "delay" ? effect.latency : 0));
	if (effect?.kind === "run-first") await effect.run(request.url ?? "/");
	if (effect?.kind === "reset" && effect.at === "start") return reset(request);
	if (effect?.kind === "respond" && effect.when === "early") return sendInjected(response, effect);
	if (effect?.kind === "respond" && effect.when === "after-body") {
		if (expectsContinue) response.writeContinue();
		await drain(request);
		return sendInjected(response, effect);
	}
	if (effect?.kind === "silence") {
		if (expectsContinue) response.writeContinue();
		request.resume();
		return closed(request);
	}
	const upstream = openUpstream(context);
	try {
		const responded = responseOf(upstream);
		// a target may refuse long before the end of the body; relay that at once
		const first = await Promise.race([responded, forwardRequest(context, upstream)]);
		if (first === "part") return breakOff(context);
		// the target may process a request whose sender has disconnected meanwhile
		const message = first === "whole" ? await responded : first;
		context.onTargetStatus(message.statusCode ?? 0);
		await forwardResponse(context, message);
	} finally {
		upstream.destroy();
	}
	// drain the rest of a body that was refused early, else a disconnect goes unnoticed
	if (effect?.kind === "stall" && effect.at === "response") {
		request.resume();
		await closed(request);
	}
}

/** Opens the request to the target with the path and the Host as sent: both may be signed. */
function openUpstream({ request, target, effect }: ForwardContext): ClientRequest {
	const { hostname, port } = target;
	const { method, url, rawHeaders } = request;
	// with "close", a target resets the connection on an unread body and its response is lost
	const headers = ["Connection", "keep-alive", ...withoutHeader(rawHeaders, /^connection$/i)];
	if (effect?.kind === "abort-upload" || effect?.kind === "new-etag") {
		headers.push(storageFaultHeader, effect.kind);
	}
	return openRequest({ hostname, port, method, path: url, headers, agent: false });
}

function responseOf(upstream: ClientRequest): Promise<IncomingMessage> {
	return new Promise((resolve, reject) => {
		upstream.on("response", resolve);
		upstream.on("error", reject);
		upstream.on("close", () => reject(new Error("The target closed the connection.")));
	});
}

async function forwardRequest(
	{ request, response, expectsContinue, effect, bandwidth, clock }: ForwardContext,
	upstream: ClientRequest,
): Promise<"whole" | "part"> {
	if (expectsContinue) {
		upstream.flushHeaders();
		await new Promise((resolve) => upstream.on("continue", resolve));
		response.writeContinue();
	}
	const size = Number(request.headers["content-length"] ?? 0);
	await forwardBody(request, upstream, { ...bodyOptions(effect, size, bandwidth), clock });
	const broken = effect?.kind === "reset" || (effect?.kind === "stall" && effect.at === "request");
	if (broken) return "part";
	upstream.end();
	return "whole";
}

function bodyOptions(
	effect: FaultEffect | undefined,
	size: number,
	bandwidth = Number.POSITIVE_INFINITY,
): Omit<ForwardBodyOptions, "clock"> {
	const half = Math.floor(size / 2);
	switch (effect?.kind) {
		case "reset":
			return { bandwidth, limit: effect.at === "middle" ? half : size - 1 };
		case "stall":
			return effect.at === "request" ? { bandwidth, limit: half } : { bandwidth };
		case "flip-bit":
			return { bandwidth, flipAt: half };
		case "throttle":
			return { bandwidth: Math.min(effect.bandwidth, bandwidth) };
		default:
			return { bandwidth };
	}
}

/** Resets the connection of a partly forwarded request; a stalled one stays open and unread. */
function breakOff({ request, effect }: ForwardContext): void {
	if (effect?.kind === "reset") reset(request);
}

async function forwardResponse(context: ForwardContext, message: IncomingMessage): Promise<void> {
	const { request, response, effect } = context;
	switch (effect?.kind) {
		case "drop-response":
			await drain(message);
			return reset(request);
		case "stall":
			return drain(message);
		case "respond":
			if ((effect.replaces ?? message.statusCode) !== message.statusCode) {
				return relayResponse(message, response);
			}
			await drain(message);
			return sendInjected(response, effect);
		case "truncate-response":
			return truncateResponse(message, response);
		default:
			return relayResponse(message, response);
	}
}

function reset({ socket }: IncomingMessage): void {
	// libuv resets no connection whose end is on its way: the handle would stay open, and the process never exit
	if (socket.writableEnded && !socket.writableFinished) socket.destroy();
	else socket.resetAndDestroy();
}

/** Resolves once the connection is closed. */
function closed({ socket }: IncomingMessage): Promise<void> {
	return new Promise((resolve) => {
		if (socket.destroyed) resolve();
		else socket.once("close", () => resolve());
	});
}

/** Reads a message to its end and discards it. */
async function drain(message: IncomingMessage): Promise<void> {
	for await (const _ of message.iterator({ destroyOnReturn: false })) {
		// discarded
	}
}
