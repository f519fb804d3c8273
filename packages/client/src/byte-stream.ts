import { isObject } from "./errors.js";
import type { ByteStream } from "./platform.js";

/** Whether a value is a stream of bytes. */
export const isStream = (file: unknown): file is ByteStream =>
	isObject(file) && ("getReader" in file || Symbol.asyncIterator in file);

const read = new WeakSet<ByteStream>();

/** From now on the reader of the stream cancels it. */
export const markAsRead = (stream: ByteStream): void => void read.add(stream);

/**
 * Listens to the errors of a stream until its upload reads it: an unheard one of a Node stream ends the process.
 *
 * @returns cancels the stream unless it is being read
 */
export function adoptStream(stream: ByteStream): () => void {
	if ("on" in stream && typeof stream.on === "function") stream.on("error", () => {});
	const cancel = async (): Promise<void> => {
		if (read.has(stream) || ("readableDidRead" in stream && stream.readableDidRead)) return;
		if ("getReader" in stream) await stream.cancel();
		else if ("destroy" in stream && typeof stream.destroy === "function") stream.destroy();
		else await stream[Symbol.asyncIterator]().return?.();
	};
	return () => void cancel().catch(() => {});
}
