import { isObject } from "./errors.js";
import type { ByteStream } from "./platform.js";

/** Whether a value is a stream of bytes. */
export const isStream = (file: unknown): file is ByteStream =>
	isObject(file) && ("getReader" in file || Symbol.asyncIterator in file);

const read = new WeakSet<ByteStream>();

/** Marks a stream that has a reader: the reader cancels it. */
export const markAsRead = (stream: ByteStream): void => void read.add(stream);

/** Returns a function that cancels the stream unless it has a reader. */
export function createCancel(stream: ByteStream): () => void {
	const cancel = async (): Promise<void> => {
		if (read.has(stream)) return;
		if ("getReader" in stream) await stream.cancel();
		else await stream[Symbol.asyncIterator]().return?.();
	};
	return () => void cancel().catch(() => {});
}
