import type { Readable } from "node:stream";
import { isObject } from "../../errors.js";
import type { ByteStream } from "../../platform.js";

/**
 * Makes a plain stream of one of Node's. From now on an error of it that nobody listens to no longer ends the
 * process: it fails the upload.
 *
 * @returns undefined for anything else.
 */
export function fromNodeStream(file: unknown): ByteStream | undefined {
	if (!isReadable(file)) return undefined;
	file.on("error", () => {});
	return { [Symbol.asyncIterator]: () => readChunks(file) } as ByteStream;
}

function readChunks(file: Readable): AsyncIterator<unknown> {
	if (file.readableDidRead) throw new TypeError("The stream was read before.");
	const chunks = file[Symbol.asyncIterator]();
	return {
		next: () => chunks.next(),
		// its own `return` waits for the next chunk, which may never come
		async return() {
			file.destroy();
			return { done: true, value: undefined };
		},
	};
}

/** By its members, because streams of other realms and of `readable-stream` are no instances. */
const isReadable = (file: unknown): file is Readable =>
	isObject(file) && "readableDidRead" in file && Symbol.asyncIterator in file;
