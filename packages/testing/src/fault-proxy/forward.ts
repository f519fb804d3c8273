import {
	type ClientRequest,
	type IncomingMessage,
	request as open,
	type ServerResponse,
} from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { cutAnswer, giveAnswer, relayAnswer, withoutHeader } from "./answers.js";
import { type BodyHazards, passBody } from "./body-path.js";
import type { FaultEffect } from "./fault.js";

/** One request on its way through the proxy. */
export interface Exchange {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	/** The sender waits for `100 Continue`. */
	readonly waits: boolean;
	/** The server behind. */
	readonly target: URL;
	readonly effect: FaultEffect | undefined;
	/** Bytes per second of this connection. */
	readonly bandwidth: number | undefined;
	/** Milliseconds before the request passes. */
	readonly latency: number;
	/** Told of the target's answer, whatever becomes of it. */
	readonly onTarget: (status: number) => void;
}

/** Carries one request through, with what is to happen to it. Rejects where a connection breaks by itself. */
export async function carry(exchange: Exchange): Promise<void> {
	const { request, response, waits, effect, latency } = exchange;
	await sleep(latency + (effect?.kind === "delay" ? effect.latency : 0));
	if (effect?.kind === "first") await effect.act(request.url ?? "/");
	if (effect?.kind === "reset" && effect.at === "start") return reset(request);
	if (effect?.kind === "answer" && effect.when === "early") return giveAnswer(response, effect);
	if (effect?.kind === "answer" && effect.when === "body") {
		if (waits) response.writeContinue();
		await readAway(request);
		return giveAnswer(response, effect);
	}
	const onward = openTarget(exchange);
	try {
		const answered = answerOf(onward);
		// a refusal may come long before the end of the body, and is then handed on at once
		const first = await Promise.race([answered, passRequest(exchange, onward)]);
		if (first === "part") return breakOff(exchange);
		// also when the sender has gone by now: what it sent whole takes its course
		const answer = first === "whole" ? await answered : first;
		exchange.onTarget(answer.statusCode ?? 0);
		await passAnswer(exchange, answer);
	} finally {
		onward.destroy();
	}
	// only now: what came after an early answer is read away, so that the sender's going is seen, also where
	// it was refused before it was told to continue; a body that stalls stays unread
	if (effect?.kind === "stall" && effect.at === "answer") {
		request.resume();
		await gone(request);
	}
}

/** Everything as it was sent: the path, and the Host that was signed. */
function openTarget({ request, target }: Exchange): ClientRequest {
	const { hostname, port } = target;
	const { method, url, rawHeaders } = request;
	// a target that is told to close does so on an unread body, and the reset overtakes its answer
	const headers = ["Connection", "keep-alive", ...withoutHeader(rawHeaders, /^connection$/i)];
	return open({ hostname, port, method, path: url, headers, agent: false });
}

function answerOf(onward: ClientRequest): Promise<IncomingMessage> {
	return new Promise((resolve, reject) => {
		onward.on("response", resolve);
		onward.on("error", reject);
		onward.on("close", () => reject(new Error("The target closed the connection.")));
	});
}

async function passRequest(
	{ request, response, waits, effect, bandwidth }: Exchange,
	onward: ClientRequest,
): Promise<"whole" | "part"> {
	if (waits) {
		onward.flushHeaders();
		await new Promise((resolve) => onward.on("continue", resolve));
		response.writeContinue();
	}
	const size = Number(request.headers["content-length"] ?? 0);
	await passBody(request, onward, hazardsOf(effect, size, bandwidth));
	const broken = effect?.kind === "reset" || (effect?.kind === "stall" && effect.at === "body");
	if (broken) return "part";
	onward.end();
	return "whole";
}

function hazardsOf(
	effect: FaultEffect | undefined,
	size: number,
	bandwidth = Number.POSITIVE_INFINITY,
): BodyHazards {
	const half = Math.floor(size / 2);
	switch (effect?.kind) {
		case "reset":
			return { bandwidth, limit: effect.at === "middle" ? half : size - 1 };
		case "stall":
			return effect.at === "body" ? { bandwidth, limit: half } : { bandwidth };
		case "flip":
			return { bandwidth, flipAt: half };
		case "slow":
			return { bandwidth: Math.min(effect.bandwidth, bandwidth) };
		default:
			return { bandwidth };
	}
}

/** Resets the connection, or leaves it as it is: unread, so that nobody can tell when its sender goes. */
function breakOff({ request, effect }: Exchange): void {
	if (effect?.kind === "reset") reset(request);
}

async function passAnswer(exchange: Exchange, answer: IncomingMessage): Promise<void> {
	const { request, response, effect } = exchange;
	switch (effect?.kind) {
		case "lose":
			await readAway(answer);
			return reset(request);
		case "stall":
			return readAway(answer);
		case "answer":
			await readAway(answer);
			return giveAnswer(response, effect);
		case "cut":
			return cutAnswer(answer, response);
		default:
			return relayAnswer(answer, response);
	}
}

function reset({ socket }: IncomingMessage): void {
	socket.resetAndDestroy();
}

function gone({ socket }: IncomingMessage): Promise<void> {
	return new Promise((resolve) => {
		if (socket.destroyed) resolve();
		else socket.once("close", () => resolve());
	});
}

async function readAway(message: IncomingMessage): Promise<void> {
	for await (const _ of message.iterator({ destroyOnReturn: false })) {
		// nobody wants it
	}
}
