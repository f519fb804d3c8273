import type { ObjectReader } from "../object-reader.js";

/** What follows a picture in its file. */
export interface ImageRest {
	/** Bytes behind the end of the picture; undefined where it has no end, because it was cut off. */
	readonly length: number | undefined;
	/** The first of them behind zeros. */
	readonly head: Buffer;
}

/** What a walk through a picture asks for: bytes to look at, bytes to pass over, or all up to and with a certain one. */
type Wish = { readonly take: number } | { readonly skip: number } | { readonly until: number };

/** Ends behind the last byte of the picture; is given the bytes to look at. */
type Walk = Generator<Wish, void, Buffer>;

const restLength = 64 * 1024;

const nothing: Buffer = Buffer.alloc(0);

const walks: Readonly<Record<string, () => Walk>> = {
	"image/png": walkPng,
	"image/apng": walkPng,
	"image/gif": walkGif,
	"image/jpeg": walkJpeg,
	"image/webp": walkWebp,
};

/**
 * Walks through a PNG, GIF, JPEG or WebP to its end, in the reading that all steps share.
 *
 * @returns What follows; undefined for another type.
 */
export async function restOfImage(
	mime: string,
	reader: ObjectReader,
): Promise<ImageRest | undefined> {
	const walk = walks[mime]?.();
	if (!walk) return undefined;
	const { take, isOver } = follow(walk);
	let position = 0;
	let head: Buffer = Buffer.alloc(0);
	await reader.readAll((chunk) => {
		const taken = take(chunk);
		position += taken;
		if (!isOver()) return true;
		const rest = chunk.subarray(taken);
		const next = head.length === 0 ? behindZeros(rest) : rest;
		head = Buffer.concat([head, next.subarray(0, restLength - head.length)]);
		return head.length < restLength;
	});
	return { length: isOver() ? reader.size - position : undefined, head };
}

/** Padding may be as long as the file. */
function behindZeros(bytes: Uint8Array): Uint8Array {
	if (Buffer.alloc(bytes.length).equals(bytes)) return nothing;
	return bytes.subarray(bytes.findIndex((byte) => byte !== 0));
}

/** Fulfils the wishes of a walk from chunks of any length. */
function follow(walk: Walk): {
	/** Returns how many bytes of the chunk belong to the walk. */
	readonly take: (chunk: Uint8Array) => number;
	readonly isOver: () => boolean;
} {
	let next = walk.next();
	let held = nothing;
	let passed = 0;

	/** Moves on in the chunk, and returns whether the wish is fulfilled. */
	function fulfil(wish: Wish, chunk: Buffer, at: number): [end: number, isFulfilled: boolean] {
		if ("until" in wish) {
			const found = chunk.indexOf(wish.until, at);
			return found < 0 ? [chunk.length, false] : [found + 1, true];
		}
		if ("skip" in wish) {
			const step = Math.min(wish.skip - passed, chunk.length - at);
			passed += step;
			return [at + step, passed === wish.skip];
		}
		const part = chunk.subarray(at, at + wish.take - held.length);
		held = held.length === 0 ? part : Buffer.concat([held, part]);
		return [at + part.length, held.length === wish.take];
	}

	return {
		take(bytes) {
			const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
			let at = 0;
			while (!next.done) {
				const [end, isFulfilled] = fulfil(next.value, chunk, at);
				at = end;
				if (!isFulfilled) break;
				const found = held;
				[held, passed] = [nothing, 0];
				next = walk.next(found);
			}
			return at;
		},
		isOver: () => next.done === true,
	};
}

/** https://www.w3.org/TR/png-3/#5Chunk-layout */
function* walkPng(): Walk {
	yield { skip: 8 };
	for (let type = ""; type !== "IEND"; ) {
		const head = yield { take: 8 };
		type = head.toString("latin1", 4);
		// with the checksum
		yield { skip: head.readUInt32BE(0) + 4 };
	}
}

/** https://www.w3.org/Graphics/GIF/spec-gif89a.txt */
function* walkGif(): Walk {
	const colors = (flags = 0): Wish => ({ skip: flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0 });
	yield colors((yield { take: 13 })[10]);
	for (;;) {
		const [kind] = yield { take: 1 };
		if (kind === 0x3b) return;
		// some programs write zeros between blocks
		if (kind === 0) continue;
		// readers stop here, without an end
		if (kind !== 0x21 && kind !== 0x2c) yield { skip: Number.POSITIVE_INFINITY };
		if (kind === 0x2c) yield colors((yield { take: 9 })[8]);
		yield { skip: 1 };
		for (let [length] = yield { take: 1 }; length; [length] = yield { take: 1 }) {
			yield { skip: length };
		}
	}
}

/** https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B */
function* walkJpeg(): Walk {
	for (;;) {
		yield { until: 0xff };
		let [marker = 0] = yield { take: 1 };
		// fill bytes
		while (marker === 0xff) [marker = 0] = yield { take: 1 };
		if (marker === 0xd9) return;
		// others have no length: a byte of the picture, restarts, the begin
		const isSegment = marker >= 0xc0 && !(marker >= 0xd0 && marker <= 0xd8);
		if (isSegment) yield { skip: Math.max(0, (yield { take: 2 }).readUInt16BE(0) - 2) };
	}
}

/** https://developers.google.com/speed/webp/docs/riff_container#riff_file_format */
function* walkWebp(): Walk {
	// a zero that pads an odd length counts as behind it
	yield { skip: (yield { take: 8 }).readUInt32LE(4) };
}
