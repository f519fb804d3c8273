import { randomBytes } from "node:crypto";
import { constants, crc32, deflateRawSync } from "node:zlib";

/**
 * @typedef {object} Content
 * @property {number} size bytes
 * @property {(start: number, end: number) => Buffer} read
 */

/** Bytes of one block, which all large contents repeat. */
const blockSize = 8 * 1024 * 1024;

/** Pieces one after the other, each given by its length and a function of a range. */
function join(pieces) {
	const starts = [];
	let size = 0;
	for (const { length } of pieces) {
		starts.push(size);
		size += length;
	}
	return {
		size,
		read(start, end) {
			const parts = [];
			for (const [index, { length, read }] of pieces.entries()) {
				const [from, to] = [starts[index], starts[index] + length];
				if (to <= start || from >= end) continue;
				parts.push(read(Math.max(start - from, 0), Math.min(end - from, length)));
			}
			return Buffer.concat(parts);
		},
	};
}

const whole = (bytes) => ({
	length: bytes.length,
	read: (start, end) => bytes.subarray(start, end),
});

/** A block again and again. */
function repeated(block, times) {
	return {
		length: block.length * times,
		read(start, end) {
			const parts = [];
			for (let at = start; at < end; ) {
				const offset = at % block.length;
				const part = block.subarray(offset, Math.min(block.length, offset + end - at));
				parts.push(part);
				at += part.length;
			}
			return Buffer.concat(parts);
		},
	};
}

/** Bytes that look like nothing, of a given length. */
export function noise(size) {
	return { size, read: repeated(randomBytes(blockSize), Math.ceil(size / blockSize)).read };
}

/** Nothing but zeros: what a sparse file holds. */
export function zeros(size) {
	return { size, read: (start, end) => Buffer.alloc(end - start) };
}

function fields(...values) {
	const bytes = Buffer.alloc(values.reduce((sum, [, width]) => sum + width, 0));
	let at = 0;
	for (const [value, width] of values) {
		if (width === 8) bytes.writeBigUInt64LE(BigInt(value), at);
		else bytes.writeUIntLE(value, at, width);
		at += width;
	}
	return bytes;
}

/** A zip of deflated members, of about this size, that unpacks to twice as much. */
export function largeZip(size) {
	const text = Buffer.from(randomBytes(blockSize / 2).toString("hex"));
	const segment = deflateRawSync(text, { level: 1, finishFlush: constants.Z_FULL_FLUSH });
	// an empty last block
	const last = Buffer.from([3, 0]);
	const members = 10;
	const times = Math.max(1, Math.floor(size / members / segment.length));
	let crc = 0;
	for (let index = 0; index < times; index++) crc = crc32(text, crc);
	const packed = segment.length * times + last.length;
	const unpacked = text.length * times;
	const pieces = [];
	const central = [];
	let offset = 0;
	for (let index = 0; index < members; index++) {
		const name = Buffer.from(`member-${index}.txt`);
		const shape = fields(
			[45, 2],
			[0, 2],
			[8, 2],
			[0, 4],
			[crc, 4],
			[packed, 4],
			[unpacked, 4],
			[name.length, 2],
		);
		const header = Buffer.concat([fields([0x04034b50, 4]), shape, fields([0, 2]), name]);
		pieces.push(whole(header), repeated(segment, times), whole(last));
		// offsets of 64 bits
		const extra = fields([1, 2], [8, 2], [offset, 8]);
		central.push(
			fields([0x02014b50, 4], [0x031e, 2]),
			shape,
			fields([extra.length, 2], [0, 2], [0, 2], [0, 2], [0o100644 * 0x10000, 4], [0xffffffff, 4]),
			name,
			extra,
		);
		offset += header.length + packed;
	}
	const directory = Buffer.concat(central);
	const end = offset + directory.length;
	pieces.push(
		whole(directory),
		whole(
			fields(
				[0x06064b50, 4],
				[44, 8],
				[45, 2],
				[45, 2],
				[0, 8],
				[members, 8],
				[members, 8],
				[directory.length, 8],
				[offset, 8],
			),
		),
		whole(fields([0x07064b50, 4], [0, 4], [end, 8], [1, 4])),
		whole(
			fields(
				[0x06054b50, 4],
				[0, 4],
				[members, 2],
				[members, 2],
				[directory.length, 4],
				[0xffffffff, 4],
				[0, 2],
			),
		),
	);
	return join(pieces);
}
