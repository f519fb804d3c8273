/** Takes bytes in order from chunks of any length. */
export interface ByteQueue {
	/** Bytes taken so far. */
	readonly position: number;
	/** Looks ahead; shorter at the end. */
	peek(length: number): Promise<Buffer>;
	/** @throws EndOfBytes where fewer are left. */
	take(length: number): Promise<Buffer>;
	/** The next bytes, at most `max`, as they come; null at the end. */
	next(max: number): Promise<Uint8Array | null>;
	/** Gives back what was taken last. */
	unread(bytes: Uint8Array): void;
}

/** The bytes end in the middle of something. */
export class EndOfBytes extends Error {
	override readonly name = "EndOfBytes";
}

/** A queue over chunks, which it reads on demand. */
export function byteQueue(chunks: AsyncIterable<Uint8Array>): ByteQueue {
	const source = chunks[Symbol.asyncIterator]();
	let held: Uint8Array = new Uint8Array();
	let position = 0;

	/** Whether `held` has a byte, after reading on where it has none. */
	async function fill(): Promise<boolean> {
		while (held.length === 0) {
			const { done, value } = await source.next();
			if (done) return false;
			held = value;
		}
		return true;
	}

	async function peek(length: number): Promise<Buffer> {
		const parts = [held];
		let found = held.length;
		while (found < length) {
			const { done, value } = await source.next();
			if (done) break;
			parts.push(value);
			found += value.length;
		}
		if (parts.length > 1) held = Buffer.concat(parts);
		return Buffer.from(held.buffer, held.byteOffset, Math.min(length, held.length));
	}

	return {
		get position() {
			return position;
		},
		peek,
		async take(length) {
			const bytes = await peek(length);
			if (bytes.length < length) throw new EndOfBytes(`${length} bytes were expected.`);
			held = held.subarray(length);
			position += length;
			return bytes;
		},
		async next(max) {
			if (!(await fill())) return null;
			const bytes = held.subarray(0, max);
			held = held.subarray(bytes.length);
			position += bytes.length;
			return bytes;
		},
		unread(bytes) {
			held = held.length === 0 ? bytes : Buffer.concat([bytes, held]);
			position -= bytes.length;
		},
	};
}

/** The next `length` bytes as chunks. @throws EndOfBytes where fewer are left. */
export async function* section(queue: ByteQueue, length: number): AsyncGenerator<Uint8Array> {
	for (let left = length; left > 0; ) {
		const bytes = await queue.next(left);
		if (!bytes) throw new EndOfBytes(`${left} more bytes were expected.`);
		left -= bytes.length;
		yield bytes;
	}
}

/** All bytes that are left, as chunks. */
export async function* rest(queue: ByteQueue): AsyncGenerator<Uint8Array> {
	for (let bytes = await queue.next(2 ** 16); bytes; bytes = await queue.next(2 ** 16)) yield bytes;
}

/** Reads to the end, and tells whether only zeros were left, with which some formats are padded. */
export async function endsInZeros(queue: ByteQueue): Promise<boolean> {
	for await (const bytes of rest(queue)) if (bytes.some((byte) => byte !== 0)) return false;
	return true;
}

/** Reads to the end, for what others do with the bytes on the way. */
export async function drain(chunks: AsyncIterable<Uint8Array>): Promise<void> {
	for await (const _ of chunks);
}

/** Chunks that are handed in one by one; `push` resolves when the chunk is used. */
export interface Channel {
	push(chunk: Uint8Array): Promise<void>;
	end(): void;
	readonly chunks: AsyncGenerator<Uint8Array>;
}

/** Turns chunks that arrive into chunks that are read. */
export function channel(): Channel {
	let offered: { chunk: Uint8Array; used: () => void } | undefined;
	let ended = false;
	let wake = (): void => undefined;

	async function* read(): AsyncGenerator<Uint8Array> {
		for (;;) {
			const current = offered;
			if (current) {
				offered = undefined;
				yield current.chunk;
				current.used();
			} else if (ended) {
				return;
			} else {
				await new Promise<void>((resolve) => {
					wake = resolve;
				});
			}
		}
	}

	return {
		push: (chunk) =>
			new Promise((used) => {
				offered = { chunk, used };
				wake();
			}),
		end() {
			ended = true;
			wake();
		},
		chunks: read(),
	};
}
