import { markAsRead } from "../byte-stream.js";
import { UploadError } from "../errors.js";
import { createYielder, until } from "../http/wait.js";
import type { ByteStream } from "../platform.js";

/** Reads a stream into memory of ours, since a producer may use its own again. One call at a time. */
export interface ByteReader {
	/** Fills the room; resolves with how many bytes there were, fewer only at the stream's end. */
	fill(room: Uint8Array, signal: AbortSignal): Promise<number>;
	/** Waits for the next byte; false at the stream's end. */
	more(signal: AbortSignal): Promise<boolean>;
	/** Puts bytes back, to be read before all others. */
	unread(bytes: Uint8Array): void;
	/** Tells the producer that nobody reads on; nothing happens at the stream's end. */
	cancel(): void;
}

type Chunks = Pick<AsyncIterator<unknown>, "next"> & { readonly cancel: () => unknown };

/** @throws UploadError `invalid-request` when somebody else has read from the stream, or is about to. */
export function createByteReader(stream: ByteStream): ByteReader {
	const chunks = "getReader" in stream ? readWeb(stream) : readIterable(stream);
	markAsRead(stream);
	/** Bytes that have been read and not given out, in order. */
	const rest: Uint8Array[] = [];
	const yieldTurn = createYielder();
	let over = false;

	const next = async (): Promise<void> => {
		await yieldTurn();
		const { done, value } = await chunks.next().catch((cause: unknown) => {
			over = true;
			throw unusable("failed: see `cause`.", cause);
		});
		if (done) over = true;
		else if (!ArrayBuffer.isView(value)) throw notBytes(value);
		else if (value.byteLength > 0) {
			rest.push(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
		}
	};
	const more = async (signal: AbortSignal): Promise<boolean> => {
		while (rest.length === 0 && !over) await until(next(), signal);
		return rest.length > 0;
	};
	return {
		more,
		async fill(room, signal) {
			let filled = 0;
			while (filled < room.length && (await more(signal))) {
				const chunk = rest.shift() ?? room;
				const fitting = chunk.subarray(0, room.length - filled);
				room.set(fitting, filled);
				filled += fitting.length;
				if (fitting.length < chunk.length) rest.unshift(chunk.subarray(fitting.length));
			}
			return filled;
		},
		unread: (bytes) => void rest.unshift(bytes),
		cancel() {
			if (over) return;
			over = true;
			// how long its producer takes to let go is not ours to wait for
			(async () => await chunks.cancel())().catch(() => {});
		},
	};
}

function readWeb(stream: ReadableStream<Uint8Array>): Chunks {
	// the only question that also finds out whether a stream which is free now was read before
	try {
		new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>);
	} catch (cause) {
		throw usedBefore(cause);
	}
	const reader = stream.getReader();
	return {
		next: () => reader.read() as Promise<IteratorResult<unknown>>,
		cancel: () => reader.cancel(),
	};
}

function readIterable(stream: AsyncIterable<unknown>): Chunks {
	if ("readableDidRead" in stream && stream.readableDidRead) throw usedBefore();
	const iterator = stream[Symbol.asyncIterator]();
	return {
		next: async () => await iterator.next(),
		// the iterator of a Node stream waits for the chunk on its way, which may never come
		cancel: () =>
			"destroy" in stream && typeof stream.destroy === "function"
				? stream.destroy()
				: iterator.return?.(),
	};
}

const unusable = (why: string, cause?: unknown): UploadError =>
	new UploadError("invalid-request", `The stream ${why}`, { cause });

const usedBefore = (cause?: unknown): UploadError =>
	unusable("is in use, or was read before: hand in a fresh one.", cause);

const notBytes = (chunk: unknown): UploadError =>
	unusable(
		`gave a chunk of type ${typeof chunk}, where it must give Uint8Arrays: encode text, and leave out \`setEncoding\` and \`objectMode\`.`,
	);
