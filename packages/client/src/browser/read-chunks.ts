import { createYielder } from "../http/wait.js";

/** Bytes read at once: a mebibyte takes up to 50 ms to digest on a busy machine, before the code is compiled. */
const chunkSize = 256 * 1024;
/** Bytes of a slice; creating one costs the browser more than a read. */
const sliceSize = 1024 * 1024;

/** Keeps a strong reference: Chromium collects a stream during a pending read. */
const reading = new Set<object>();

/**
 * Reads a Blob in order, and ends the running task every few milliseconds.
 *
 * @yields chunks that are valid until the next one is asked for
 * @throws DOMException when the file behind the Blob changed.
 */
export async function* readChunks(blob: Blob): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
	const reader = openReader(blob);
	const yieldTurn = createYielder();
	for await (const chunk of reader ? readInto(reader, blob) : readSlices(blob)) {
		yield chunk;
		await yieldTurn();
	}
}

/** Reads into one reused buffer, which takes half the processor time of a new buffer per chunk. */
async function* readInto(
	reader: ReadableStreamBYOBReader,
	blob: Blob,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
	const references = [reader, blob];
	reading.add(references);
	let buffer = new ArrayBuffer(chunkSize);
	try {
		for (let left = blob.size; left > 0; ) {
			const { value } = await reader.read(new Uint8Array(buffer));
			if (!value?.length) throw new RangeError("The file became shorter.");
			left -= value.length;
			yield value;
			buffer = value.buffer;
		}
	} finally {
		reading.delete(references);
		reader.cancel().catch(() => {});
	}
}

async function* readSlices(blob: Blob): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
	for (let start = 0; start < blob.size; start += sliceSize) {
		yield new Uint8Array(await blob.slice(start, start + sliceSize).arrayBuffer());
	}
}

/** Undefined where a Blob's stream has no BYOB reader, or a Blob no stream, as jsdom's. */
function openReader(blob: Blob): ReadableStreamBYOBReader | undefined {
	let stream: ReadableStream | undefined;
	try {
		stream = blob.stream();
		return stream.getReader({ mode: "byob" });
	} catch {
		stream?.cancel().catch(() => {});
		return undefined;
	}
}
