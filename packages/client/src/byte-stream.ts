import { isObject } from "./errors.js";
import type { ByteStream } from "./platform.js";

/** Whether bytes can be read from it one after the other only. */
export const isStream = (file: unknown): file is ByteStream =>
	isObject(file) && ("getReader" in file || Symbol.asyncIterator in file);

const read = new WeakSet<ByteStream>();

/** From now on its reader lets go of the stream. */
export const markAsRead = (stream: ByteStream): void => void read.add(stream);

/**
 * Takes a stream over: its failure is its upload's alone, where one of Node's that nobody listens to would
 * end the process.
 *
 * @returns tells the producer that nobody will read it; nothing happens where somebody does
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
