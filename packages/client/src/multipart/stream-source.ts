import { defaultPartSize } from "#protocol";
import { UploadError } from "../errors.js";
import type { ByteStream, MemorySources, StreamSource, UploadSource } from "../platform.js";
import { createStreamReader, type StreamReader } from "./stream-reader.js";

/** Bytes of the first buffer. Most streams are short, and a whole part takes much memory. */
const initialBuffer = 64 * 1024;

/**
 * Opens a stream: reads its first part. A stream that ends within it becomes a source of known size, which can
 * be read again; a longer one is read once.
 *
 * @param signal ends the wait for the stream
 * @param size bytes, where the caller knows them
 * @throws UploadError `invalid-size` when the stream has another size, `invalid-request` when it fails, is in
 *   use, or yields something other than bytes.
 */
export async function openStream(
	{ toSource, copies }: MemorySources,
	stream: ByteStream,
	signal: AbortSignal,
	size: number | undefined,
): Promise<UploadSource | StreamSource> {
	const reader = createStreamReader(stream);
	try {
		const head = await readHead(reader, signal);
		const ended = !(await reader.hasMore(signal));
		if (size !== undefined && (ended ? head.length !== size : head.length >= size)) {
			throw wrongSize(size);
		}
		if (ended) return toSource(head);
		reader.unread(head);
	} catch (error) {
		reader.cancel();
		throw error;
	}
	/** Buffers of stored parts; all parts but the last have the same size. */
	const free: Uint8Array<ArrayBuffer>[] = [];
	return {
		size: size ?? null,
		async take(bytes, signal) {
			const buffer = free.pop() ?? new Uint8Array(bytes);
			const filled = await reader.fill(buffer.subarray(0, bytes), signal);
			const body = toSource(buffer.subarray(0, filled)).slice(0, filled);
			if (copies) free.push(buffer);
			return Object.assign(body, { release: () => void (copies || free.push(buffer)) });
		},
		hasMore: reader.hasMore,
		close: async () => reader.cancel(),
	};
}

/** Reads the first part, or the whole stream if it is shorter. */
async function readHead(
	reader: StreamReader,
	signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
	let buffer = new Uint8Array(initialBuffer);
	for (let filled = 0; ; ) {
		filled += await reader.fill(buffer.subarray(filled), signal);
		if (filled < buffer.length || filled >= defaultPartSize) return buffer.subarray(0, filled);
		const larger = new Uint8Array(Math.min(2 * buffer.length, defaultPartSize));
		larger.set(buffer);
		buffer = larger;
	}
}

/** The error of a stream whose size differs from the option `size`. */
export const wrongSize = (size: number): UploadError =>
	new UploadError(
		"invalid-size",
		`The stream doesn't have the ${size} bytes given as \`size\`: correct \`size\`, or omit it.`,
	);
