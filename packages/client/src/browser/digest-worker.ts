import { encodeWords } from "../digests/crc32.js";
import { until } from "../http/wait.js";
import type { Hasher } from "../platform.js";
import { isBlobBody } from "./blob-source.js";
import { type DigestReply, type DigestRequest, workerScript } from "./worker-script.js";

/** Milliseconds between two checks: an unused worker is ended, and one that left two of them unanswered. */
const checkInterval = 5_000;

/** Computes digests outside of the page's thread. */
export interface DigestWorker {
	/** @returns base64 of the Blob's CRC-32; undefined where the worker can't compute it. */
	digest(blob: Blob, signal: AbortSignal): Promise<string | undefined>;
}

/**
 * Starts one worker at the first digest, and ends it when it is unused. A worker that can't be started, fails or stops
 * answering is not replaced.
 */
export function createDigestWorker(): DigestWorker {
	/** What to call with a CRC, by the id of its digest. */
	const waiting = new Map<number, (crc?: number) => void>();
	let count = 0;
	// in WebKit, which reads Blobs by slices, a read of a file that was shortened may never settle in a worker
	let isUsable = "Worker" in globalThis && "ReadableStreamBYOBReader" in globalThis;
	let worker: Worker | undefined;
	let url = "";
	let timer: ReturnType<typeof setInterval>;
	/** Checks since its latest answer. */
	let unanswered = 0;

	const start = (): Worker => {
		url = URL.createObjectURL(new Blob([workerScript], { type: "text/javascript" }));
		const started = new Worker(url);
		unanswered = 0;
		started.onmessage = ({ data: { id = 0, crc } }: MessageEvent<DigestReply>) => {
			unanswered = 0;
			waiting.get(id)?.(crc);
		};
		// "error" also where a Content Security Policy forbids the worker
		for (const type of ["error", "messageerror"]) {
			started.addEventListener(type, (event) => {
				event.preventDefault();
				fail();
			});
		}
		timer = setInterval(check, checkInterval);
		return started;
	};
	const post = (request: DigestRequest): void => worker?.postMessage(request);
	const end = (): void => {
		clearInterval(timer);
		worker?.terminate();
		worker = undefined;
		// some engines load it later than the constructor returns
		URL.revokeObjectURL(url);
	};
	const fail = (): void => {
		isUsable = false;
		end();
		for (const resolve of waiting.values()) resolve();
	};
	/** A worker that was ended tells nobody. After a long task or a freeze, this may run before an answer is read. */
	const check = (): void => {
		if (waiting.size === 0) end();
		else if (++unanswered > 2) fail();
		else post({});
	};

	return {
		async digest(blob, signal) {
			if (!isUsable) return undefined;
			const id = ++count;
			const reply = new Promise<number | undefined>((resolve) => waiting.set(id, resolve));
			try {
				worker ??= start();
				post({ id, blob });
			} catch {
				// such as a policy of Trusted Types
				fail();
			}
			try {
				const crc = await until(reply, signal);
				return crc === undefined ? undefined : encodeWords(crc);
			} finally {
				waiting.delete(id);
				if (signal.aborted) post({ id });
			}
		},
	};
}

/** Leaves bodies to the worker, and to another hasher what the worker can't digest. */
export function createWorkerHasher(worker: DigestWorker, other: Hasher): Hasher {
	let digest: string | undefined;
	return {
		update: other.update,
		digest: () => digest ?? other.digest(),
		async digestBody(body, signal) {
			if (isBlobBody(body)) digest = await worker.digest(body.blob, signal);
			return digest !== undefined;
		},
	};
}
