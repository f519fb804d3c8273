import { markAsRead } from "../byte-stream.js";
import { UploadError } from "../errors.js";
import { redact } from "../http/redact.js";
import { createYielder, until } from "../http/wait.js";
import { viewBytes } from "../inputs.js";
import type { ByteStream } from "../platform.js";

/** Copies the bytes of a stream, whose producer may reuse its buffers. One call at a time. */
export interface StreamReader {
	/** Fills the buffer; resolves with the number of bytes, fewer only at the stream's end. */
	fill(buffer: Uint8Array, signal: AbortSignal): Promise<number>;
	/** Waits for the next byte; false at the stream's end. */
	hasMore(signal: AbortSignal): Promise<boolean>;
	/** Puts bytes back: they are read next. */
	unread(bytes: Uint8Array): void;
	/** Cancels the stream unless it has ended. */
	cancel(): void;
}

type Chunks = Pick<AsyncIterator<unknown>, "next"> & { readonly cancel: () => unknown };

/** @throws UploadError `invalid-request` when the stream is locked, or was read before. */
export function createStreamReader(stream: ByteStream): StreamReader {
	const chunks = "getReader" in stream ? readWeb(stream) : readIterable(stream);
	markAsRead(stream);
	/** Bytes read from the stream and not yet returned, in order. */
	const rest: Uint8Array[] = [];
	const yieldTurn = createYielder();
	let over = false;

	const next = async (): Promise<void> => {
		await yieldTurn();
		const { done, value } = await chunks.next().catch((cause: unknown) => {
			over = true;
			const why = redact(`${cause instanceof Error ? cause.message : cause}`);
			throw unusable(`failed: ${why}`, cause);
		});
		if (done) {
			over = true;
			return;
		}
		const bytes = ArrayBuffer.isView(value) && viewBytes(value);
		if (!bytes) throw notBytes(value);
		if (bytes.length > 0) rest.push(bytes);
	};
	const hasMore = async (signal: AbortSignal): Promise<boolean> => {
		while (rest.length === 0 && !over) await until(next(), signal);
		return rest.length > 0;
	};
	return {
		hasMore,
		async fill(buffer, signal) {
			let filled = 0;
			while (filled < buffer.length && (await hasMore(signal))) {
				const chunk = rest.shift() ?? buffer;
				const fitting = chunk.subarray(0, buffer.length - filled);
				buffer.set(fitting, filled);
				filled += fitting.length;
				if (fitting.length < chunk.length) rest.unshift(chunk.subarray(fitting.length));
			}
			return filled;
		},
		unread: (bytes) => void rest.unshift(bytes),
		cancel() {
			if (over) return;
			over = true;
			// not awaited: the producer may take long to stop
			(async () => await chunks.cancel())().catch(() => {});
		},
	};
}

function readWeb(stream: ReadableStream<Uint8Array>): Chunks {
	// the Response constructor also refuses an unlocked stream that was read before
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
	const iterator = startIterator(stream);
	return {
		next: async () => await iterator.next(),
		cancel: () => iterator.return?.(),
	};
}

function startIterator(stream: AsyncIterable<unknown>): AsyncIterator<unknown> {
	try {
		return stream[Symbol.asyncIterator]();
	} catch (cause) {
		throw usedBefore(cause);
	}
}

const unusable = (why: string, cause?: unknown): UploadError =>
	new UploadError("invalid-request", `The stream ${why}`, { cause });

const usedBefore = (cause: unknown): UploadError =>
	unusable("is in use, was read before, or was destroyed: pass a new one.", cause);

const notBytes = (chunk: unknown): UploadError =>
	unusable(
		`yielded a chunk of type ${typeof chunk} instead of a Uint8Array: encode text, and don't use \`setEncoding\` or \`objectMode\`.`,
	);
