import { SHARE_ENV, Worker } from "node:worker_threads";
import { type SendOptions, StallError } from "../../platform.js";
import { idleTimeout } from "../agents.js";
import type { Attempt } from "../attempt.js";
import { isNodeHasher } from "../hashers.js";
import { networkFailure } from "../network-failure.js";
import type { FileBody } from "../sources/file-body.js";
import type { Hold } from "../sources/held-file.js";
import { inheritedOptions } from "./inherited-options.js";
import type { FromWorker, Outcome, ToWorker } from "./messages.js";
import { packError, unpackError } from "./packed-error.js";

/** One worker thread, seen from the main one. */
export interface Member {
	/** Whether the worker has started, and so can do at once what it is told. */
	readonly ready: boolean;
	/** May be called earlier: a worker that is still starting finds what it was told. */
	readonly attempt: Attempt<FileBody>;
}

interface Task {
	readonly onSent: SendOptions["onSent"];
	/** The worker does nothing for it any more. */
	readonly onEnd: (outcome: Outcome) => void;
}

/** MiB. A worker's garbage is small and dies young; the default lets it pile up instead. */
const youngGeneration = 2;

/** Milliseconds that a busy machine may keep a worker from its start or its answer to a ping. */
const shortestSilence = 10_000;

/** A worker that says nothing for as many quarters of the stall timeout, asked in each of them, hangs. */
const quietQuarters = 5;

/**
 * Starts a worker. It never keeps the process alive but for what it has in hand, and ends itself when
 * it has had nothing for as long as its connections last.
 *
 * @param code a CommonJS script that speaks as `messages.ts` says
 * @param maxSockets connections of its own to one host
 * @param onGone called once, after its last attempt has failed; `lost` unless it had just been idle
 * @throws Error where this process may not start one.
 */
export function startMember(
	code: string,
	maxSockets: number,
	onGone: (lost: boolean) => void,
): Member {
	const worker = new Worker(code, {
		eval: true,
		name: "skyput",
		env: SHARE_ENV,
		execArgv: inheritedOptions(process.execArgv),
		workerData: maxSockets,
		resourceLimits: { maxYoungGenerationSizeMb: youngGeneration },
	});
	const tasks = new Map<number, Task>();
	let gone = false;
	let tasksSoFar = 0;
	let messagesSoFar = 0;
	let idle: NodeJS.Timeout | undefined;

	const post = (message: ToWorker): void => worker.postMessage(message);
	const leave = (failure?: Error): void => {
		if (gone) return;
		gone = true;
		for (const { onEnd } of tasks.values()) onEnd({ error: packError(failure) });
		tasks.clear();
		void worker.terminate();
		onGone(failure !== undefined);
	};
	const rest = (): void => {
		worker.unref();
		idle = setTimeout(() => {
			// another one would not start either
			leave(messagesSoFar > 0 ? undefined : networkFailure(new Error("No worker thread starts.")));
		}, idleTimeout).unref();
	};

	const end = (id: number, outcome: Outcome): void => {
		tasks.get(id)?.onEnd(outcome);
		tasks.delete(id);
		if (tasks.size === 0) rest();
	};

	worker.on("error", (cause) => leave(networkFailure(cause)));
	worker.on("exit", () => leave(networkFailure(new Error("The worker thread has ended."))));
	worker.on("message", (message: FromWorker) => {
		messagesSoFar++;
		if (gone) return;
		if (message.kind === "sent") tasks.get(message.id)?.onSent(message.bytes);
		else if (message.kind === "end") end(message.id, message.outcome);
	});

	/** Calls `leave` when the worker answers no more; returns what ends the watch. */
	const watch = (stallTimeout: number): (() => void) => {
		let before = messagesSoFar;
		let quiet = 0;
		const timer = setInterval(() => {
			quiet = messagesSoFar === before ? quiet + 1 : 0;
			before = messagesSoFar;
			if (quiet < quietQuarters) post({ kind: "ping" });
			else leave(new StallError("The file could not be read for too long."));
		}, Math.max(stallTimeout, shortestSilence) / 4);
		return () => clearInterval(timer);
	};

	const attempt: Attempt<FileBody> = (outgoing, { file, start, size }, cautious, options) =>
		new Promise((resolve, reject) => {
			const { signal, stallTimeout, onSent, hash } = options;
			const hasher = hash && isNodeHasher(hash) ? hash : undefined;
			const id = tasksSoFar++;
			const endWatch = watch(stallTimeout);
			let release = () => {};
			const onAbort = (): void => {
				post({ kind: "abort", id });
				reject(signal.reason);
			};
			signal.addEventListener("abort", onAbort, { once: true });
			clearTimeout(idle);
			worker.ref();
			tasks.set(id, {
				onSent: (bytes) => {
					if (!signal.aborted) onSent(bytes);
				},
				onEnd: (outcome) => {
					endWatch();
					signal.removeEventListener("abort", onAbort);
					release();
					if ("error" in outcome) return reject(unpackError(outcome.error));
					if (outcome.digest !== undefined) hasher?.adopt(outcome.digest);
					resolve(outcome.answer);
				},
			});
			const algorithm = hasher?.algorithm;
			const begin = ({ fd, ...hold }: Hold): void => {
				// lost while the file was being opened, and all that it had in hand has ended
				if (gone) {
					hold.release();
					return;
				}
				({ release } = hold);
				signal.throwIfAborted();
				const { state } = file;
				const errand = { outgoing, fd, state, start, size, cautious, stallTimeout, algorithm };
				post({ kind: "send", id, errand });
			};
			file
				.hold()
				.then(begin)
				.catch((error) => {
					reject(error);
					end(id, { error: packError(error) });
				});
		});
	rest();
	return {
		attempt,
		get ready() {
			return messagesSoFar > 0;
		},
	};
}
