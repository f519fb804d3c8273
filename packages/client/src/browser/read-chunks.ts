/** Bytes read at once: a mebibyte takes up to 50 ms to digest on a busy machine, before the code is compiled. */
const chunkSize = 256 * 1024;
/** Milliseconds of reading and digesting after which the page has its turn. */
const turn = 5;
/** Bytes of a slice, which costs the browser more than a read and always comes in a task of its own. */
const sliceSize = 1024 * 1024;

/** Chromium collects a stream that is being read unless the page can reach it, and the read never ends. */
const reading = new Set<object>();

/**
 * The bytes of a Blob in order, in chunks that are valid until the next one is asked for: they come into
 * one buffer, over and over, which takes half the processor time of a buffer for each.
 *
 * @throws DOMException when the file behind the Blob changed.
 */
export async function* readChunks(blob: Blob): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
	const reader = openReader(blob);
	if (!reader) {
		for (let start = 0; start < blob.size; start += sliceSize) {
			yield new Uint8Array(await blob.slice(start, start + sliceSize).arrayBuffer());
		}
		return;
	}
	const { port1, port2 } = new MessageChannel();
	const reached = [reader, blob];
	reading.add(reached);
	let chunk = new Uint8Array(Math.min(chunkSize, blob.size));
	let began = performance.now();
	try {
		for (let left = blob.size; left > 0; left -= chunk.length) {
			chunk = await fill(reader, new Uint8Array(chunk.buffer, 0, Math.min(chunk.length, left)));
			yield chunk;
			if (performance.now() - began < turn) continue;
			// what has been read ahead comes without a task of its own, and would hold up the page's
			await new Promise((resolve) => {
				port1.onmessage = resolve;
				port2.postMessage(0);
			});
			began = performance.now();
		}
	} finally {
		reading.delete(reached);
		port1.close();
		reader.cancel().catch(() => {});
	}
}

/** Undefined in browsers that stream Blobs only into buffers of their own. */
function openReader(blob: Blob): ReadableStreamBYOBReader | undefined {
	const stream = blob.stream();
	try {
		return stream.getReader({ mode: "byob" });
	} catch {
		stream.cancel().catch(() => {});
		return undefined;
	}
}

/** Fills the chunk, whose memory moves into the one that is returned. */
async function fill(
	reader: ReadableStreamBYOBReader,
	{ buffer, length }: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
	let memory = buffer;
	for (let filled = 0; filled < length; ) {
		const { done, value } = await reader.read(new Uint8Array(memory, filled, length - filled));
		if (done) throw new RangeError("The file became shorter.");
		memory = value.buffer;
		filled += value.length;
	}
	return new Uint8Array(memory, 0, length);
}
