import { signature, signatures } from "./zip-records.js";

/** Bytes of the longest end of a zip: the records and a comment. */
export const maxEnd: number = 56 + 20 + 22 + 0xffff;

/** Where an end of a zip may begin in the last bytes of a file, the last one first. */
function ends(tail: Buffer): number[] {
	const mark = signature(signatures.end);
	const found: number[] = [];
	let before = tail.length - 22;
	while (before >= 0) {
		const at = tail.lastIndexOf(mark, before);
		if (at < 0) break;
		found.push(at);
		before = at - 1;
	}
	return found;
}

/** Where the end of a zip begins whose comment reaches to the last byte. */
export const zipEndIn = (tail: Buffer): number | undefined =>
	ends(tail).find((at) => at + 22 + tail.readUInt16LE(at + 20) === tail.length);

/**
 * Whether a zip ends in the last bytes of a file, perhaps with others behind it, which many programs ignore.
 *
 * @param start - Where these bytes stand in the file.
 */
export const hasEnd = (tail: Buffer, start: number): boolean =>
	ends(tail).some((at) => {
		const size = tail.readUInt32LE(at + 12);
		const isWide = size === 0xffffffff;
		// the disks are the first one, and the directory is in front of its end
		return tail.readUInt32LE(at + 4) === 0 && (isWide || size <= start + at);
	});

/** Passes bytes on, and keeps the last of them. */
export function keepTail(chunks: AsyncIterable<Uint8Array>): {
	readonly chunks: AsyncGenerator<Uint8Array>;
	readonly tail: () => Buffer;
	/** Where the tail begins. */
	readonly start: () => number;
} {
	let parts: Uint8Array[] = [];
	let length = 0;
	let total = 0;
	const tail = (): Buffer => Buffer.concat(parts).subarray(-maxEnd);
	async function* pass(): AsyncGenerator<Uint8Array> {
		for await (const chunk of chunks) {
			parts.push(chunk);
			length += chunk.length;
			total += chunk.length;
			while (parts[0] && length - parts[0].length >= maxEnd) length -= parts.shift()?.length ?? 0;
			yield chunk;
		}
		parts = [Buffer.concat(parts)];
	}
	return { chunks: pass(), tail, start: () => total - tail().length };
}
