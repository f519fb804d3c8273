/** Takes a stream apart by lengths and by delimiters, holding back no more than it must. */
export interface ByteReader {
	/** Everything up to the delimiter, which is dropped; undefined when the stream ends, or `limit` bytes pass, before it. */
	until(delimiter: Buffer, limit: number): Promise<Buffer | undefined>;
	/** Exactly `length` bytes, in pieces; stops early where the stream ends. */
	take(length: number): AsyncGenerator<Buffer>;
	/** Pieces up to the delimiter, which is dropped. Returns whether it came. */
	piecesUntil(delimiter: Buffer): AsyncGenerator<Buffer, boolean>;
}

export function byteReader(source: AsyncIterable<Buffer>): ByteReader {
	const chunks = source[Symbol.asyncIterator]();
	let held: Buffer = Buffer.alloc(0);

	const more = async (): Promise<boolean> => {
		const next = await chunks.next();
		if (next.done === true) return false;
		held = held.length === 0 ? next.value : Buffer.concat([held, next.value]);
		return true;
	};
	const drop = (length: number): Buffer => {
		const taken = held.subarray(0, length);
		held = held.subarray(length);
		return taken;
	};

	return {
		async until(delimiter, limit) {
			for (;;) {
				const at = held.indexOf(delimiter);
				if (at >= 0 && at <= limit) {
					const found = drop(at);
					drop(delimiter.length);
					return found;
				}
				if (held.length > limit + delimiter.length || !(await more())) return undefined;
			}
		},
		async *take(length) {
			let left = length;
			while (left > 0 && (held.length > 0 || (await more()))) {
				const piece = drop(Math.min(left, held.length));
				left -= piece.length;
				yield piece;
			}
		},
		async *piecesUntil(delimiter) {
			for (;;) {
				const at = held.indexOf(delimiter);
				if (at >= 0) {
					if (at > 0) yield drop(at);
					drop(delimiter.length);
					return true;
				}
				// the delimiter may have begun at the end of what is held
				const safe = held.length - delimiter.length + 1;
				if (safe > 0) yield drop(safe);
				if (!(await more())) return false;
			}
		},
	};
}
