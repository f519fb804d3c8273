import type { Readable } from "node:stream";
import { isObject } from "../../errors.js";
import type { ByteStream } from "../../platform.js";

/**
 * Converts a Node stream. Its errors then fail the upload instead of ending the process as unhandled.
 *
 * @returns undefined for anything else.
 */
export function fromNodeStream(file: unknown): ByteStream | undefined {
	if (!isReadable(file)) return undefined;
	file.on("error", () => {});
	return { [Symbol.asyncIterator]: () => readChunks(file) } as ByteStream;
}

function readChunks(file: Readable): AsyncIterator<unknown> {
	if (isUsed(file)) throw new TypeError("The stream was read, or something else reads it.");
	// the error of one that failed is told by the iterator
	if (file.destroyed && !file.errored) throw new TypeError("The stream was destroyed.");
	const chunks = file[Symbol.asyncIterator]();
	return {
		next: () => chunks.next(),
		// the iterator's own `return` waits for the next chunk, which may never arrive
		async return() {
			file.destroy();
			return { done: true, value: undefined };
		},
	};
}

/** Whether bytes of it are gone, or go to a listener or pipe as well. */
const isUsed = (file: Readable): boolean =>
	file.readableDidRead ||
	file.readableFlowing === true ||
	file.listenerCount("data") > 0 ||
	file.listenerCount("readable") > 0;

/** Checks members, because streams of other realms and of `readable-stream` are not instances. */
const isReadable = (file: unknown): file is Readable =>
	isObject(file) && "readableDidRead" in file && Symbol.asyncIterator in file;
