import { createFastCrc32, type FastCrc32 } from "./fast-crc32.js";

/** To the worker: a Blob to digest; an id alone ends that digest; without any it asks for a sign of life. */
export interface DigestRequest {
	readonly id?: number;
	readonly blob?: Blob;
}

/** From the worker: without a CRC the Blob could not be read; without an id it is a sign of life. */
export interface DigestReply {
	readonly id?: number;
	readonly crc?: number | undefined;
}

/** What is used of a worker's global scope; TypeScript has it for a page or a worker, not for both. */
interface WorkerScope {
	onmessage: ((event: { readonly data: DigestRequest }) => void) | null;
	onmessageerror: (() => void) | null;
	postMessage(reply: DigestReply): void;
}

/** The worker. Like {@link createFastCrc32} it uses nothing of its module. */
function serve(createCrc32: () => FastCrc32): void {
	const scope = globalThis as unknown as WorkerScope;
	/** By id, what reads it: Chromium collects a stream during a pending read. */
	const running = new Map<number, ReadableStreamBYOBReader>();
	const unused: FastCrc32[] = [];

	const digest = async (id: number, blob: Blob): Promise<number | undefined> => {
		const crc32 = unused.pop() || createCrc32();
		const reader = blob.stream().getReader({ mode: "byob" });
		running.set(id, reader);
		let buffer = new ArrayBuffer(2 ** 18);
		for (let left = blob.size; left > 0 && running.has(id); ) {
			// full buffers cost Chromium a third less than what a read happens to find
			const min = Math.min(buffer.byteLength, left);
			const { value } = await reader.read(new Uint8Array(buffer), { min });
			if (!value || value.length === 0) return undefined;
			buffer = value.buffer;
			left -= value.length;
			crc32.update(value);
		}
		reader.cancel().catch(() => {});
		const crc = crc32.digest();
		unused.push(crc32);
		return crc;
	};

	scope.onmessage = async ({ data: { id, blob } }) => {
		if (id === undefined) scope.postMessage({});
		else if (!blob) running.delete(id);
		else {
			const crc = await digest(id, blob).catch(() => undefined);
			running.delete(id);
			scope.postMessage({ id, crc });
		}
	};
	// nobody knows which digest was asked for: an error of the worker ends them all
	scope.onmessageerror = () => {
		throw new Error("A message cannot be read.");
	};
}

/** A text, so that no bundler has to know about workers and no file has to be served. */
export const workerScript: string = `(${serve})(${createFastCrc32})`;
