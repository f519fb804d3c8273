import type { ClientRequest, IncomingMessage } from "node:http";
import { type SendOptions, StallError } from "../platform.js";
import { type Answer, isSuccess, largestAnswer, toAnswer } from "./answer.js";
import { networkFailure } from "./network-failure.js";
import { type PumpOptions, pump } from "./pump.js";
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
	means: Pick<PumpOptions, "pool" | "chunksInFlight">,
	{ signal, stallTimeout, onSent, hash }: SendOptions,
): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const ending = new AbortController();
		const over = ending.signal;
		let bodySent = false;
		let answer: IncomingMessage | undefined;
		let answerRead = false;
		let watch: StallWatch | undefined;
		let continueTimer: NodeJS.Timeout | undefined;
		const chunks: Uint8Array[] = [];

		const finish = (): boolean => {
			if (over.aborted) return false;
			ending.abort();
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
			if (answer?.complete && (request.writableFinished || !isSuccess(answer))) return;
			breakOff(networkFailure(cause));
		};

		const start = () => {
			clearTimeout(continueTimer);
			request.off("continue", start);
			if (over.aborted) return;
			pump(request, body, {
				...means,
				hash,
				over,
				onWritten: (bytes) => {
					if (over.aborted) return;
					watch?.moved();
					onSent(bytes);
				},
			}).then((whole) => {
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
			if (over.aborted) return;
			watch = watchStall(socket, stallTimeout, () =>
				breakOff(
					new StallError("No byte moved between this machine and the storage for too long."),
				),
			);
			if (!request.hasHeader("expect")) return start();
			request.on("continue", start);
			continueTimer = setTimeout(start, continueTimeout);
			request.flushHeaders();
		});
	});
}
