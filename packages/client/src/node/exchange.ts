import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { type SendOptions, StallError } from "../platform.js";
import { type Answer, isSuccess, largestAnswer, toAnswer } from "./answer.js";
import { networkFailure } from "./network-failure.js";
import { type Pump, type PumpOptions, pump } from "./pump.js";
import type { NodeBody } from "./sources/body.js";
import { type StallWatch, watchStall } from "./stall.js";

/** Milliseconds to wait for `100 Continue`; a server that does not know it gets the body then. */
const continueTimeout = 1_000;

/** Waiting for the answer may take this many times the stall timeout: the kernel still sends then. */
const answerPatience = 4;

/**
 * Sends a body over a request that has just been made, and reads the answer. What counts is the
 * answer: one that refuses the body is returned even when it comes early or the connection breaks
 * right after it. A success counts once the whole body is written and the whole answer read.
 */
export function exchange(
	request: ClientRequest,
	body: NodeBody,
	means: Omit<PumpOptions, "hash" | "onWritten">,
	{ signal, stallTimeout, onSent, hash }: SendOptions,
): Promise<Answer> {
	return new Promise((resolve, reject) => {
		let over = false;
		let pumping: Pump | undefined;
		let bodySent = false;
		let written = 0;
		let answer: IncomingMessage | undefined;
		let answerRead = false;
		let watch: StallWatch | undefined;
		let continueTimer: NodeJS.Timeout | undefined;
		const chunks: Uint8Array[] = [];

		const finish = (): boolean => {
			if (over) return false;
			over = true;
			pumping?.stop();
			signal.removeEventListener("abort", onAbort);
			clearTimeout(continueTimer);
			watch?.stop();
			return true;
		};
		const fail = (error: unknown) => {
			if (!finish()) return;
			request.destroy();
			reject(error);
		};
		const onAbort = () => fail(signal.reason);
		const deliver = (message: IncomingMessage) => {
			if (!finish()) return;
			// a connection with half a body or half an answer on it is good for nothing more
			if (!bodySent || !message.complete) request.destroy();
			resolve(toAnswer(message, chunks));
		};
		const breakOff = (error: unknown) => {
			if (answer && !isSuccess(answer)) deliver(answer);
			else fail(error);
		};
		const onBroken = (cause = new Error("The connection closed before the answer.")) => {
			// all is said on both sides: what becomes of the connection now does not matter
			if (answer?.complete && (written === body.size || !isSuccess(answer))) return;
			breakOff(networkFailure(cause));
		};

		const start = (socket: Socket) => {
			if (over) return;
			pumping = pump(request, socket, body, {
				...means,
				hash,
				onWritten: (bytes) => {
					written = bytes;
					watch?.moved();
					onSent(bytes);
				},
			});
			pumping.done.then((whole) => {
				bodySent = whole;
				if (!whole) return;
				watch?.limit(stallTimeout * answerPatience);
				if (answer && answerRead) deliver(answer);
			}, fail);
		};

		signal.addEventListener("abort", onAbort, { once: true });
		request.on("error", onBroken);
		request.on("close", onBroken);
		request.on("response", (message) => {
			answer = message;
			let size = 0;
			message.on("error", onBroken);
			message.on("data", (chunk: Uint8Array) => {
				chunks.push(chunk);
				size += chunk.byteLength;
				if (size > largestAnswer) deliver(message);
			});
			message.on("end", () => {
				answerRead = true;
				if (bodySent || !isSuccess(message)) deliver(message);
			});
		});
		request.on("socket", (socket) => {
			if (over) return;
			watch = watchStall(socket, stallTimeout, () =>
				breakOff(
					new StallError("No byte moved between this machine and the storage for too long."),
				),
			);
			// now, since the body goes to the socket itself
			request.flushHeaders();
			const begin = () => {
				clearTimeout(continueTimer);
				request.off("continue", begin);
				start(socket);
			};
			if (!request.hasHeader("expect")) return begin();
			request.on("continue", begin);
			continueTimer = setTimeout(begin, continueTimeout);
		});
	});
}
