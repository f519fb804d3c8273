import { defaultPartSize } from "#protocol";
import { UploadError } from "../errors.js";
import type { ByteStream, StreamSource, UploadSource } from "../platform.js";
import { type ByteReader, createByteReader } from "./stream-reader.js";

/** Bytes to begin with; short streams are many, and whole parts of memory few. */
const firstRoom = 64 * 1024;

/**
 * Opens a stream: reads its first part. One that ends within it is a source like any other, of a known
 * size; a longer one gives its bytes once.
 *
 * @param keep makes a source of bytes
 * @param copies whether `keep` copies them; else they must stay as they are
 * @param size bytes, as far as the caller knows them
 * @throws UploadError `invalid-size` when the stream has not the size it should, `invalid-request` when
 *   it fails, is in use, or gives something else than bytes.
 */
export async function openStream(
	keep: (bytes: Uint8Array<ArrayBuffer>) => UploadSource,
	copies: boolean,
	stream: ByteStream,
	signal: AbortSignal,
	size: number | undefined,
): Promise<UploadSource | StreamSource> {
	const reader = createByteReader(stream);
	try {
		const head = await readHead(reader, signal);
		const ended = !(await reader.more(signal));
		if (size !== undefined && (ended ? head.length !== size : head.length >= size)) {
			throw wrongSize(size);
		}
		if (ended) return keep(head);
		reader.unread(head);
	} catch (error) {
		reader.cancel();
		throw error;
	}
	/** Rooms of the parts that are stored; all parts but the last are equal. */
	const free: Uint8Array<ArrayBuffer>[] = [];
	return {
		size: size ?? null,
		async take(bytes, signal) {
			const room = free.pop() ?? new Uint8Array(bytes);
			const filled = await reader.fill(room.subarray(0, bytes), signal);
			const body = keep(room.subarray(0, filled)).slice(0, filled);
			if (copies) free.push(room);
			return Object.assign(body, { release: () => void (copies || free.push(room)) });
		},
		more: reader.more,
		close: async () => reader.cancel(),
	};
}

/** The first part, or all there is. */
async function readHead(reader: ByteReader, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
	let room = new Uint8Array(firstRoom);
	for (let filled = 0; ; ) {
		filled += await reader.fill(room.subarray(filled), signal);
		if (filled < room.length || filled >= defaultPartSize) return room.subarray(0, filled);
		const larger = new Uint8Array(Math.min(2 * room.length, defaultPartSize));
		larger.set(room);
		room = larger;
	}
}

/** The stream's size is not what its caller said. */
export const wrongSize = (size: number): UploadError =>
	new UploadError(
		"invalid-size",
		`The stream has not the ${size} bytes that \`size\` says: correct it, or leave it out.`,
	);
