import type { ByteQueue } from "./byte-queue.js";
import { ArchiveFinding, unreadable } from "./walk.js";

// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3 to 4.5
export const signatures = {
	local: 0x04034b50,
	central: 0x02014b50,
	descriptor: 0x08074b50,
	end64: 0x06064b50,
	locator64: 0x07064b50,
	end: 0x06054b50,
} as const;

const needs64 = 0xffffffff;

/** What a local header and an entry of the central directory both say. */
export interface ZipEntry {
	readonly flags: number;
	readonly method: number;
	readonly crc: number;
	readonly packed: number;
	readonly unpacked: number;
	readonly rawName: Buffer;
	/** For people and for the rules of names. */
	readonly name: string;
	/** A second name, which some programs prefer. */
	readonly unicodeName: string | undefined;
	/** Of Unix, in an extra field, which Info-ZIP's unzip believes; 0 where there is none. */
	readonly extraMode: number;
}

/** An entry of the central directory. */
export interface CentralEntry extends ZipEntry {
	/** Where its local header is. */
	readonly offset: number;
	/** Of Unix; 0 where there is none. */
	readonly mode: number;
}

/** The end of a zip. */
export interface ZipEnd {
	readonly entries: number;
	/** Of the central directory. */
	readonly size: number;
	readonly offset: number;
	readonly comment: number;
}

/** Whether its size and digest follow the data. */
export const hasDescriptor = ({ flags }: ZipEntry): boolean => (flags & 8) !== 0;

const isEncrypted = ({ flags, method }: ZipEntry): boolean =>
	(flags & 0x2041) !== 0 || method === 99;

/** Takes a local header. */
export async function takeLocalHeader(queue: ByteQueue): Promise<ZipEntry> {
	const head = await queue.take(30);
	const rawName = await queue.take(head.readUInt16LE(26));
	const extra = await queue.take(head.readUInt16LE(28));
	return entryOf(head.subarray(6), rawName, extra, [
		["packed", head.readUInt32LE(18)],
		["unpacked", head.readUInt32LE(22)],
	]);
}

/** Takes an entry of the central directory. */
export async function takeCentralEntry(queue: ByteQueue): Promise<CentralEntry> {
	const head = await queue.take(46);
	const rawName = await queue.take(head.readUInt16LE(28));
	const extra = await queue.take(head.readUInt16LE(30));
	await queue.take(head.readUInt16LE(32));
	return {
		...entryOf(head.subarray(8), rawName, extra, [
			["packed", head.readUInt32LE(20)],
			["unpacked", head.readUInt32LE(24)],
			["offset", head.readUInt32LE(42)],
		]),
		mode: head.readUInt16LE(40),
	};
}

type Sizes = Record<"packed" | "unpacked" | "offset", number>;

/** @param fixed - From the flags on, where both kinds of header are alike. */
function entryOf(
	fixed: Buffer,
	rawName: Buffer,
	extra: Buffer,
	small: readonly (readonly [keyof Sizes, number])[],
): ZipEntry & Sizes {
	const flags = fixed.readUInt16LE(0);
	const sizes: Sizes = { packed: 0, unpacked: 0, offset: 0 };
	const fields = extraFields(extra);
	const wide = fields.get(0x0001);
	let at = 0;
	// of those that need 64 bits, the unpacked size comes first
	for (const name of ["unpacked", "packed", "offset"] as const) {
		const value = small.find(([known]) => known === name)?.[1] ?? 0;
		const isWide = value === needs64 && wide !== undefined;
		if (isWide && at + 8 > wide.length) throw unreadable("The zip's 64-bit sizes are incomplete.");
		sizes[name] = isWide ? toNumber(wide.readBigUInt64LE(at)) : value;
		if (isWide) at += 8;
	}
	const unicode = fields.get(0x7075);
	return {
		...sizes,
		flags,
		method: fixed.readUInt16LE(2),
		crc: fixed.readUInt32LE(8),
		// a copy: a part of a chunk would keep all of it in memory
		rawName: Buffer.from(rawName),
		// UTF-8 or code page 437; both have ASCII at its place
		name: rawName.toString((flags & 0x800) === 0 ? "latin1" : "utf8"),
		unicodeName: unicode?.subarray(5).toString("utf8"),
		extraMode: modeOf(fields),
	};
}

/** APPNOTE.TXT, section 4.6.6: the kind of file behind a digest of four bytes. */
function modeOf(fields: ReadonlyMap<number, Buffer>): number {
	// an experiment of libarchive, which repeats attributes of the directory
	if (fields.has(0x6c78)) {
		throw unreadable(
			"The zip has an extra field (0x6c78) that some programs believe instead of the directory.",
		);
	}
	const field = fields.get(0x756e);
	return field && field.length >= 6 ? field.readUInt16LE(4) : 0;
}

function extraFields(extra: Buffer): Map<number, Buffer> {
	const fields = new Map<number, Buffer>();
	// some programs pad with a few zeros
	for (let at = 0; at + 4 <= extra.length; ) {
		const id = extra.readUInt16LE(at);
		const end = at + 4 + extra.readUInt16LE(at + 2);
		if (end > extra.length)
			throw unreadable("An extra field of the zip is longer than its header.");
		if (fields.has(id) && id !== 0) throw unreadable("An extra field of the zip appears twice.");
		fields.set(id, extra.subarray(at + 4, end));
		at = end;
	}
	return fields;
}

const toNumber = (value: bigint): number => {
	if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw unreadable("A size in the zip is impossible.");
	return Number(value);
};

/**
 * Takes the records behind the central directory.
 *
 * @param start - Where the first of them stands in the zip.
 */
export async function takeEnd(queue: ByteQueue, start: number): Promise<ZipEnd> {
	let wide: { entries: number; size: number; offset: number } | undefined;
	if ((await queue.peek(4)).equals(signature(signatures.end64))) {
		const record = await queue.take(56);
		wide = {
			entries: toNumber(record.readBigUInt64LE(32)),
			size: toNumber(record.readBigUInt64LE(40)),
			offset: toNumber(record.readBigUInt64LE(48)),
		};
		const locator = await queue.take(20);
		const isRegular =
			record.readBigUInt64LE(4) === 44n &&
			locator.readUInt32LE(0) === signatures.locator64 &&
			locator.readBigUInt64LE(8) === BigInt(start) &&
			// entries on this volume, and on all
			record.readBigUInt64LE(24) === record.readBigUInt64LE(32) &&
			record.readBigUInt64LE(16) === 0n;
		if (!isRegular) throw unreadable("The zip's 64-bit end is irregular.");
	}
	const head = await queue.take(22);
	if (head.readUInt32LE(0) !== signatures.end) throw unreadable("The zip has no end of directory.");
	const isWhole = head.readUInt32LE(4) === 0 && head.readUInt16LE(8) === head.readUInt16LE(10);
	if (!isWhole) throw unreadable("The zip is one of several volumes.");
	const narrow = {
		entries: head.readUInt16LE(10),
		size: head.readUInt32LE(12),
		offset: head.readUInt32LE(16),
	};
	const agree =
		!wide ||
		(
			[
				["entries", 0xffff],
				["size", needs64],
				["offset", needs64],
			] as const
		).every(([name, max]) => narrow[name] === max || narrow[name] === wide[name]);
	if (!agree) throw unreadable("The zip's two ends differ.");
	return { ...(wide ?? narrow), comment: head.readUInt16LE(20) };
}

/** A signature as it stands in the file. */
export function signature(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32LE(value);
	return bytes;
}

/** @throws ArchiveFinding for what cannot be unpacked here. */
export function requireReadable(entry: ZipEntry): void {
	if (isEncrypted(entry)) {
		throw new ArchiveFinding("unscannable", "encrypted", "A member of the zip is encrypted.");
	}
	if (entry.method !== 0 && entry.method !== 8) {
		const detail = `A member of the zip is packed by method ${entry.method}; only 0 and 8 can be read.`;
		throw new ArchiveFinding("unscannable", "archive-format", detail);
	}
}
