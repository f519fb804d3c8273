import type { ObjectReader } from "../object-reader.js";
import { type ByteQueue, byteQueue, EndOfBytes } from "./byte-queue.js";
import { ArchiveFinding, type ArchiveRules, maxNames, unreadable } from "./walk.js";
import { checkEntry } from "./walk-zip.js";
import { hasEnd, maxEnd, zipEndIn } from "./zip-end.js";
import {
	type CentralEntry,
	requireReadable,
	signature,
	signatures,
	takeCentralEntry,
	takeEnd,
	type ZipEnd,
} from "./zip-records.js";

const pieceSize = 64 * 1024;

/**
 * Reads the central directory of a zip by ranges, so that it is refused before all of it is read.
 *
 * @param format - The archive format that the object begins like.
 * @returns Entries by the offsets of their local headers; undefined where the object is no zip.
 * @throws ArchiveFinding, the worst of all entries; also for a zip behind other data.
 */
export async function readDirectory(
	reader: ObjectReader,
	format: string | undefined,
	rules: ArchiveRules,
): Promise<ReadonlyMap<number, CentralEntry> | undefined> {
	const end = await findEnd(reader);
	if (format !== "zip") {
		// in another archive, an end before the last byte is that of a member
		if (!end && (format !== undefined || !(await hasZipEnd(reader)))) return undefined;
		throw unreadable("A zip is appended to a file of another type.");
	}
	if (!end) throw unreadable("The zip has no directory: it was cut off, or something follows it.");
	if (end.entries > rules.maxEntries || end.size > maxNames(rules)) {
		const detail = `The archive has more than ${rules.maxEntries} members, or too long names.`;
		throw new ArchiveFinding(rules.beyondLimits, "archive-limit", detail);
	}
	const entries = new Map<number, CentralEntry>();
	let finding: ArchiveFinding | undefined;
	const queue = byteQueue(pieces(reader, end.offset));
	for (let index = 0; index < end.entries; index++) {
		const entry = await takeEntry(queue);
		try {
			checkEntry(entry, { rules });
			requireReadable(entry);
			if (entries.has(entry.offset)) throw unreadable("Two members of the zip share their bytes.");
		} catch (error) {
			if (!(error instanceof ArchiveFinding)) throw error;
			// what is forbidden weighs more than what cannot be read
			if (error.result.verdict === "infected") throw error;
			finding ??= error;
		}
		entries.set(entry.offset, entry);
	}
	if (finding) throw finding;
	return entries;
}

async function takeEntry(queue: ByteQueue): Promise<CentralEntry> {
	const isEntry = (await queue.peek(4)).equals(signature(signatures.central));
	if (!isEntry) throw unreadable("The zip's directory has fewer entries than it says.");
	return takeCentralEntry(queue);
}

/** The end of a zip whose comment reaches to the last byte of the object. */
async function findEnd(reader: ObjectReader): Promise<ZipEnd | undefined> {
	const start = Math.max(0, reader.size - maxEnd);
	const tail = Buffer.from(await reader.read(start, reader.size));
	const at = zipEndIn(tail);
	if (at === undefined) return undefined;
	const wide = at - 76;
	const isWide = wide >= 0 && tail.subarray(wide, wide + 4).equals(signature(signatures.end64));
	const from = isWide ? wide : at;
	return takeEnd(byteQueue(once(tail.subarray(from))), start + from);
}

/** Whether a zip ends in the last bytes of the object, perhaps with others behind it, which many programs ignore. */
export async function hasZipEnd(reader: ObjectReader): Promise<boolean> {
	const start = Math.max(0, reader.size - maxEnd);
	const tail = Buffer.from(await reader.read(start, reader.size));
	return hasEnd(tail, start);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
	yield bytes;
}

async function* pieces(reader: ObjectReader, start: number): AsyncGenerator<Uint8Array> {
	for (let at = start; at < reader.size; at += pieceSize) {
		yield await reader.read(at, at + pieceSize);
	}
	throw new EndOfBytes("The zip's directory is cut off.");
}
