// What runs in a worker thread: it sends pieces of files, from the read to the answer. It is not
// imported by anything; `inline-worker.ts` makes one script of it and puts that into `code.ts`.
import { fstatSync, readSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { createAgents } from "../agents.js";
import { createAttempt } from "../attempt.js";
import { hashers } from "../hashers.js";
import { createOpenBody, type NodeBody } from "../sources/body.js";
import { assertUnchanged, fileTooShort } from "../sources/file-state.js";
import type { Errand, FromWorker, Outcome, ToWorker } from "./messages.js";
import { packError } from "./packed-error.js";

/** Bytes of a body after which other bodies and messages have their turn, however fast the peer reads. */
const turn = 4 * 1024 * 1024;

/** Milliseconds between two messages on how far a body is: waking the other thread costs throughput. */
const reportInterval = 50;

// a read takes no time that a write would have to fill, and what the kernel has taken keeps the line busy
const attempt = createAttempt(createAgents(workerData), 1);
const running = new Map<number, AbortController>();

const post = (message: FromWorker): void => parentPort?.postMessage(message);

/**
 * Reads in place, and so blocks this thread, which has nothing to do but to send what it reads. To
 * hand every read to another thread, as the main thread must, costs a tenth of the throughput.
 */
function bodyOf({ fd, state, start, size }: Errand): NodeBody {
	const read = (position: number, length: number, scratch: Uint8Array): Uint8Array => {
		for (let filled = 0; filled < length; ) {
			const bytes = readSync(fd, scratch, filled, length - filled, start + position + filled);
			if (bytes === 0) throw fileTooShort();
			filled += bytes;
		}
		// once per body: its last bytes leave only if all of them belong to one state of the file
		if (position + length === size) assertUnchanged(state, fstatSync(fd, { bigint: true }));
		return scratch.subarray(0, length);
	};
	let nextTurn = 0;
	return createOpenBody(size, (position, length, scratch) => {
		if (position < nextTurn) return read(position, length, scratch);
		nextTurn = position + turn;
		return setImmediate().then(() => read(position, length, scratch));
	});
}

async function carryOut(id: number, errand: Errand, signal: AbortSignal): Promise<Outcome> {
	const { outgoing, size, cautious, stallTimeout, algorithm } = errand;
	const hash = algorithm && hashers[algorithm]();
	let reportedAt = Number.NEGATIVE_INFINITY;
	try {
		const answer = await attempt(outgoing, bodyOf(errand), cautious, {
			signal,
			stallTimeout,
			hash,
			onSent: (bytes) => {
				const now = performance.now();
				if (bytes < size && now - reportedAt < reportInterval) return;
				reportedAt = now;
				post({ kind: "sent", id, bytes });
			},
		});
		return { answer, digest: hash?.digest() };
	} catch (error) {
		return { error: packError(error) };
	}
}

parentPort?.on("message", async (message: ToWorker) => {
	if (message.kind === "ping") return post({ kind: "pong" });
	const { id } = message;
	if (message.kind === "abort") return running.get(id)?.abort();
	const controller = new AbortController();
	running.set(id, controller);
	const outcome = await carryOut(id, message.errand, controller.signal);
	running.delete(id);
	post({ kind: "end", id, outcome });
});

// it can be told to send from now on
post({ kind: "pong" });
