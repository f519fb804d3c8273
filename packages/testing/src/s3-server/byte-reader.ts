/** Reads a stream by lengths and delimiters with minimal buffering. */
export interface ByteReader {
	/** The bytes before the delimiter; undefined when the stream ends or `limit` bytes pass first. */
	until(delimiter: Buffer, limit: number): Promise<Buffer | undefined>;
	/** The next `length` bytes in pieces; fewer when the stream ends. */
	take(length: number): AsyncGenerator<Buffer>;
	/** The bytes before the delimiter in pieces. Returns whether the delimiter was found. */
	piecesUntil(delimiter: Buffer): AsyncGenerator<Buffer, boolean>;
}

export function byteReader(source: AsyncIterable<Buffer>): ByteReader {
	const chunks = source[Symbol.asyncIterator]();
	let buffered: Buffer = Buffer.alloc(0);

	const readMore = async (): Promise<boolean> => {
		const next = await chunks.next();
		if (next.done === true) return false;
		buffered = buffered.length === 0 ? next.value : Buffer.concat([buffered, next.value]);
		return true;
	};
	const drop = (length: number): Buffer => {
		const taken = buffered.subarray(0, length);
		buffered = buffered.subarray(length);
		return taken;
	};

	return {
		async until(delimiter, limit) {
			for (;;) {
				const at = buffered.indexOf(delimiter);
				if (at >= 0 && at <= limit) {
					const found = drop(at);
					drop(delimiter.length);
					return found;
				}
				if (buffered.length > limit + delimiter.length || !(await readMore())) return undefined;
			}
		},
		async *take(length) {
			let left = length;
			while (left > 0 && (buffered.length > 0 || (await readMore()))) {
				const piece = drop(Math.min(left, buffered.length));
				left -= piece.length;
				yield piece;
			}
		},
		async *piecesUntil(delimiter) {
			for (;;) {
				const at = buffered.indexOf(delimiter);
				if (at >= 0) {
					if (at > 0) yield drop(at);
					drop(delimiter.length);
					return true;
				}
				// the end of the buffer may be the start of the delimiter
				const safe = buffered.length - delimiter.length + 1;
				if (safe > 0) yield drop(safe);
				if (!(await readMore())) return false;
			}
		},
	};
}
