import type { ObjectReader } from "../object-reader.js";
import type { StepResult } from "../step.js";
import {
	type ByteQueue,
	byteQueue,
	channel,
	drain,
	EndOfBytes,
	endsInZeros,
	rest,
} from "./byte-queue.js";
import { archiveFormat, headLength } from "./formats.js";
import { inflate } from "./inflate.js";
import { readDirectory } from "./read-directory.js";
import { ArchiveFinding, type ArchiveRules, beginWalk, unreadable, type Walk } from "./walk.js";
import { walkTar } from "./walk-tar.js";
import { walkZip } from "./walk-zip.js";
import { hasEnd, keepTail } from "./zip-end.js";
import type { CentralEntry } from "./zip-records.js";

/** What an archive holds. */
export interface ArchiveContent {
	readonly format: string;
	/** Members, at all depths together. */
	readonly entries: number;
	/** Bytes, at all depths together. */
	readonly unpacked: number;
}

/** What is known of an object before all of it is read. */
export interface ArchiveInspection {
	/** The format, where the object is an archive. */
	readonly format: string | undefined;
	/** Takes the next bytes of the object; false once the result is known. */
	take(chunk: Uint8Array): Promise<boolean>;
	/** The result, after the last byte: what the archive holds, or what is wrong with it. */
	end(): Promise<ArchiveContent | StepResult>;
}

/**
 * Looks at both ends of an object, and prepares to unpack all of it while it is read.
 *
 * @returns How to go on; null for an object that is no archive; or what is wrong with it.
 */
export async function inspectArchive(
	reader: ObjectReader,
	rules: ArchiveRules,
): Promise<ArchiveInspection | StepResult | null> {
	const head = Buffer.from(await reader.read(0, headLength));
	const format = archiveFormat(head);
	try {
		const directory = await readDirectory(reader, format, rules);
		if (format === undefined || rules.unread(format)) return null;
		return startWalk(format, reader.size, rules, directory);
	} catch (error) {
		return resultOf(error);
	}
}

function startWalk(
	format: string,
	size: number,
	rules: ArchiveRules,
	directory: ReadonlyMap<number, CentralEntry> | undefined,
): ArchiveInspection {
	const { push, end, chunks } = channel();
	const walk = beginWalk(rules, size, (bytes, depth) => walkInside(bytes, depth, walk));
	let outcome: StepResult | ArchiveContent | undefined;
	const walking = walkInside(chunks, 0, walk, directory).then(
		() => {
			outcome = { format, entries: walk.entries, unpacked: walk.unpacked };
		},
		(error: unknown) => {
			outcome = resultOf(error);
		},
	);
	// no race with the walk for each chunk, which would keep something of all chunks until its end
	let isOver = false;
	let resume = (): void => undefined;
	const leave = (): void => {
		isOver = true;
		resume();
	};
	walking.then(leave, leave);
	return {
		format,
		async take(chunk) {
			if (outcome) return false;
			if (!isOver) {
				await new Promise<void>((resolve) => {
					resume = resolve;
					void push(chunk).then(resolve);
				});
			}
			// throws what is wrong with no archive
			if (isOver) await walking;
			return outcome === undefined;
		},
		async end() {
			end();
			await walking;
			return outcome ?? resultOf(undefined);
		},
	};
}

/** @param depth - Of the archive that these bytes may be; 0 for the object itself, which is one. */
async function walkInside(
	chunks: AsyncIterable<Uint8Array>,
	depth: number,
	walk: Walk,
	directory?: ReadonlyMap<number, CentralEntry>,
): Promise<void> {
	const queue = byteQueue(chunks);
	const format = archiveFormat(await queue.peek(headLength));
	if (format === undefined) return drainOther(queue);
	if (walk.rules.unread(format)) return drain(rest(queue));
	if (depth >= walk.rules.maxDepth) {
		const detail = `Archives are in each other more than ${walk.rules.maxDepth} deep.`;
		throw new ArchiveFinding(walk.rules.beyondLimits, "archive-limit", detail);
	}
	if (format === "zip") return walkZip(queue, depth, walk, directory);
	if (format === "tar") return walkTar(queue, depth, walk);
	if (format === "gzip") {
		walk.addMember("");
		await walk.inside(walk.count(inflate(queue, "gzip")), depth + 1);
		if (await endsInZeros(queue)) return;
		throw unreadable("Bytes follow the end of the gzip data.");
	}
	const detail = `${depth === 0 ? "The file" : "A member"} is packed as ${format}, which cannot be read here.`;
	throw new ArchiveFinding("unscannable", "archive-format", detail);
}

/** Reads a file that does not begin like an archive, and refuses one that ends like a zip, as programs read it. */
async function drainOther(queue: ByteQueue): Promise<void> {
	const kept = keepTail(rest(queue));
	await drain(kept.chunks);
	if (!hasEnd(kept.tail(), kept.start())) return;
	throw unreadable("A zip is appended to a member of another type.");
}

function resultOf(error: unknown): StepResult {
	if (error instanceof ArchiveFinding) return error.result;
	if (error instanceof EndOfBytes || error === undefined) {
		return unreadable("The archive ends in the middle of a member.").result;
	}
	throw error;
}
