import { crc32 } from "node:zlib";
import { type ByteQueue, section } from "./byte-queue.js";
import { inflate } from "./inflate.js";
import { checkName, refuseSpecialFile, unreadable, type Walk } from "./walk.js";
import {
	type CentralEntry,
	hasDescriptor,
	requireReadable,
	signature,
	signatures,
	takeCentralEntry,
	takeEnd,
	takeLocalHeader,
	type ZipEntry,
} from "./zip-records.js";

/**
 * Walks through a zip from its first byte to its last: unpacks every member, and then holds the central
 * directory against them. Programs that unpack by local headers and those that unpack by the directory see the
 * same members, or the zip is unreadable.
 *
 * @param directory - Entries by the offsets of their local headers, where they have been read before. They tell
 *   the length of a member that is stored with its size behind it.
 */
export async function walkZip(
	queue: ByteQueue,
	depth: number,
	walk: Walk,
	directory?: ReadonlyMap<number, CentralEntry>,
): Promise<void> {
	const members = new Map<number, ZipEntry>();
	while ((await queue.peek(4)).equals(signature(signatures.local))) {
		const offset = queue.position;
		const header = await takeLocalHeader(queue);
		walk.addMember(header.name);
		if (header.unicodeName !== undefined) checkName(header.unicodeName, walk.rules);
		requireReadable(header);
		const stated = hasDescriptor(header) ? directory?.get(offset)?.packed : header.packed;
		const member = await unpack(queue, header, stated, (bytes) =>
			walk.inside(walk.count(bytes), depth + 1),
		);
		members.set(offset, member);
	}
	const start = queue.position;
	const count = members.size;
	while ((await queue.peek(4)).equals(signature(signatures.central))) {
		const entry = await takeCentralEntry(queue);
		checkEntry(entry, walk);
		const member = members.get(entry.offset);
		if (!member || !isSame(entry, member)) {
			throw unreadable("The zip's directory and its members differ.");
		}
		members.delete(entry.offset);
	}
	const size = queue.position - start;
	const end = await takeEnd(queue, queue.position);
	// other programs would take an end inside of the comment
	if ((await queue.take(end.comment)).includes(signature(signatures.end))) {
		throw unreadable("The zip has two ends.");
	}
	if (members.size > 0 || end.entries !== count) {
		throw unreadable("The zip has members that its directory does not name.");
	}
	if (end.size !== size || end.offset !== start || (await queue.peek(1)).length > 0) {
		throw unreadable("The zip has bytes that belong to none of its members.");
	}
}

/** Kinds of Unix: pipe, character device, block device, symbolic link, socket. */
const specialKinds = new Set([0o010000, 0o020000, 0o060000, 0o120000, 0o140000]);

/** @throws ArchiveFinding for a name or a kind of file that is refused. */
export function checkEntry(entry: CentralEntry, { rules }: Pick<Walk, "rules">): void {
	checkName(entry.name, rules);
	if (entry.unicodeName !== undefined) checkName(entry.unicodeName, rules);
	for (const mode of [entry.mode, entry.extraMode]) {
		if (specialKinds.has(mode & 0o170000)) refuseSpecialFile(rules);
	}
}

const isSame = (a: ZipEntry, b: ZipEntry): boolean =>
	a.rawName.equals(b.rawName) &&
	a.flags === b.flags &&
	a.method === b.method &&
	a.crc === b.crc &&
	a.packed === b.packed &&
	a.unpacked === b.unpacked;

/** Whether a header whose sizes follow the data says nothing else in advance. */
const isEmptyOr = (found: ZipEntry, { crc, packed, unpacked }: ZipEntry): boolean =>
	[0, found.crc].includes(crc) &&
	[0, found.packed].includes(packed) &&
	[0, found.unpacked].includes(unpacked);

/**
 * Unpacks one member.
 *
 * @param length - Packed bytes, where they are known.
 * @returns The header with what was found.
 */
async function unpack(
	queue: ByteQueue,
	header: ZipEntry,
	length: number | undefined,
	look: (bytes: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<ZipEntry> {
	const isStored = header.method === 0;
	if (isStored && length === undefined) {
		throw unreadable("The length of a stored member stands behind it, where it cannot be found.");
	}
	const start = queue.position;
	const packedBytes = isStored ? section(queue, length ?? 0) : inflate(queue, "deflate", length);
	let [crc, unpacked] = [0, 0];
	async function* measured(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
		for await (const chunk of chunks) {
			crc = crc32(chunk, crc);
			unpacked += chunk.length;
			yield chunk;
		}
	}
	await look(measured(packedBytes));
	const found = { ...header, crc, packed: queue.position - start, unpacked };
	const isTrue = hasDescriptor(header)
		? isEmptyOr(found, header) && (await takeDescriptor(queue, found))
		: isSame(found, header);
	if (!isTrue || (length ?? found.packed) !== found.packed) {
		throw unreadable("A member of the zip has another size or digest than its header says.");
	}
	return found;
}

/** Takes the record behind a member if it says what was found. Its signature and its width are optional. */
async function takeDescriptor(queue: ByteQueue, found: ZipEntry): Promise<boolean> {
	for (const signed of [true, false]) {
		for (const wide of [true, false]) {
			const expected = descriptor(found, signed, wide);
			if (!expected || !(await queue.peek(expected.length)).equals(expected)) continue;
			await queue.take(expected.length);
			return true;
		}
	}
	return false;
}

function descriptor(
	{ crc, packed, unpacked }: ZipEntry,
	signed: boolean,
	wide: boolean,
): Buffer | undefined {
	const head = signed ? [signature(signatures.descriptor)] : [];
	const sizes = Buffer.alloc(wide ? 20 : 12);
	sizes.writeUInt32LE(crc, 0);
	if (wide) {
		sizes.writeBigUInt64LE(BigInt(packed), 4);
		sizes.writeBigUInt64LE(BigInt(unpacked), 12);
	} else {
		if (packed > 0xffffffff || unpacked > 0xffffffff) return undefined;
		sizes.writeUInt32LE(packed, 4);
		sizes.writeUInt32LE(unpacked, 8);
	}
	return Buffer.concat([...head, sizes]);
}
