import { ImageHeaderError, type ReadBytes, type Size } from "./image-file.js";

const maxMeta = 1024 * 1024;

/** A box of ISO base media files (ISO/IEC 14496-12, section 4.2). */
interface Box {
	readonly type: string;
	/** Offsets of its content. */
	readonly start: number;
	readonly end: number;
}

/** The largest picture in an AVIF or HEIC: ISO/IEC 23008-12, section 6.5.3 */
export async function avifSize(read: ReadBytes): Promise<Size> {
	let at = 0;
	for (let count = 0; count < 100; count++) {
		const head = await read(at, at + 16);
		const box = boxAt(head, 0, at);
		if (!box) break;
		if (box.type === "meta")
			return largestIn(await read(box.start, Math.min(box.end, box.start + maxMeta)));
		at = box.end;
	}
	throw damaged();
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

function largestIn(meta: Buffer): Size {
	let largest: Size = { width: 0, height: 0 };
	// behind version and flags
	for (const iprp of boxes(meta, 4, meta.length)) {
		if (iprp.type !== "iprp") continue;
		for (const ipco of boxes(meta, iprp.start, Math.min(iprp.end, meta.length))) {
			if (ipco.type !== "ipco") continue;
			for (const { type, start, end } of boxes(meta, ipco.start, Math.min(ipco.end, meta.length))) {
				if (type !== "ispe" || start + 12 > Math.min(end, meta.length)) continue;
				const size = { width: meta.readUInt32BE(start + 4), height: meta.readUInt32BE(start + 8) };
				if (size.width * size.height > largest.width * largest.height) largest = size;
			}
		}
	}
	return largest;
}

const damaged = (): ImageHeaderError => new ImageHeaderError("The AVIF or HEIC has no picture.");
