import { ImageHeaderError, type ReadBytes, type Size } from "./image-file.js";

/** Bytes of a box that is read. */
const maxBox = 1024 * 1024;
/** Boxes that are looked at, without those inside of them. */
const maxBoxes = 100;
/** Levels of boxes that are read; a sequence has six. */
const maxDepth = 10;

/** A box of ISO base media files (ISO/IEC 14496-12, section 4.2). */
interface Box {
	readonly type: string;
	/** Offsets of its content. */
	readonly start: number;
	readonly end: number;
}

/** Boxes that hold boxes, and the bytes in front of those. */
const containers: ReadonlyMap<string, number> = new Map([
	...[["meta", 4] as const, ["stsd", 8] as const],
	...["iprp", "ipco", "moov", "trak", "mdia", "minf", "stbl"].map((type) => [type, 0] as const),
]);

/**
 * The largest picture in an AVIF or HEIC, also of a sequence: ISO/IEC 23008-12, section 6.5.3, and ISO/IEC 14496-12,
 * section 12.1.3
 */
export async function avifSize(read: ReadBytes): Promise<Size> {
	let largest: Size = { width: 0, height: 0 };
	let at = 0;
	for (let count = 0; ; count++) {
		const { type, start, end } = boxAt(await read(at, at + 16), 0, at) ?? {};
		if (start === undefined || end === undefined) break;
		if (count === maxBoxes)
			throw new ImageHeaderError(`The AVIF or HEIC has more than ${maxBoxes} boxes.`);
		if (type === "meta" || type === "moov") {
			const bytes = await read(at, Math.min(end, start + maxBox));
			for (const size of sizesIn(bytes, { type: "", start: 0, end: bytes.length })) {
				if (size.width * size.height > largest.width * largest.height) largest = size;
			}
			if (end > start + maxBox) {
				const message = "The AVIF or HEIC has more than 1 MiB in front of its pictures.";
				throw new ImageHeaderError(message);
			}
		}
		at = end;
	}
	if (largest.width === 0) throw damaged();
	return largest;
}

/** Sizes of pictures, and of the entries of a sample description. @throws ImageHeaderError for boxes nested too deeply */
function* sizesIn(bytes: Buffer, parent: Box, depth = 0): Generator<Size> {
	if (depth > maxDepth) throw damaged();
	for (const { type, start, end } of boxes(bytes, parent.start, parent.end)) {
		const last = Math.min(end, parent.end);
		const skipped = containers.get(type);
		if (parent.type === "stsd") {
			if (start + 28 > last) throw damaged();
			yield { width: bytes.readUInt16BE(start + 24), height: bytes.readUInt16BE(start + 26) };
		} else if (type === "ispe") {
			if (start + 12 > last) throw damaged();
			yield { width: bytes.readUInt32BE(start + 4), height: bytes.readUInt32BE(start + 8) };
		} else if (skipped !== undefined) {
			yield* sizesIn(bytes, { type, start: start + skipped, end: last }, depth + 1);
		}
	}
}

/** @param origin - Offset of the bytes in the file. */
function boxAt(bytes: Buffer, at: number, origin: number): Box | undefined {
	if (bytes.length < at + 8) return undefined;
	const size = bytes.readUInt32BE(at);
	const isWide = size === 1;
	if (isWide && bytes.length < at + 16) return undefined;
	// 0: to the end of the file
	const length = isWide ? Number(bytes.readBigUInt64BE(at + 8)) : size || Number.MAX_SAFE_INTEGER;
	const header = isWide ? 16 : 8;
	if (length < header) throw damaged();
	const start = origin + at;
	return {
		type: bytes.toString("latin1", at + 4, at + 8),
		start: start + header,
		end: start + length,
	};
}

function* boxes(bytes: Buffer, start: number, end: number): Generator<Box> {
	for (let at = start; at < end; ) {
		const box = boxAt(bytes, at, 0);
		if (!box) return;
		yield box;
		at = box.end;
	}
}

const damaged = (): ImageHeaderError => new ImageHeaderError("The AVIF or HEIC has no picture.");
