import type { StepResult, Verdict } from "../step.js";

/** What an archive may hold. */
export interface ArchiveRules {
	/** Members, at all depths together. */
	readonly maxEntries: number;
	/** 1: no archive inside of the archive. */
	readonly maxDepth: number;
	/** Unpacked bytes, at all depths together, for each byte of the object. */
	readonly maxRatio: number;
	/** Unpacked bytes, at all depths together. */
	readonly maxSize: number;
	/** Unpacked bytes of one member. */
	readonly maxMemberSize: number;
	/** What an archive beyond these is. */
	readonly beyondLimits: Extract<Verdict, "infected" | "unscannable">;
	/** Whether links, special files, absolute names and `..` are refused. */
	readonly safeNames: boolean;
	/** Formats that may be inside, although they are not unpacked here; such as `7z`. */
	readonly unread: (format: string) => boolean;
}

/** Ends a walk with a result. */
export class ArchiveFinding extends Error {
	override readonly name = "ArchiveFinding";
	readonly result: StepResult;

	constructor(verdict: "infected" | "unscannable", reason: string, detail: string) {
		super(detail);
		this.result = { verdict, reason, detail };
	}
}

export const unreadable = (detail: string): ArchiveFinding =>
	new ArchiveFinding("unscannable", "unreadable-archive", detail);

/** The state of one walk through an archive and all archives in it. */
export interface Walk {
	readonly rules: ArchiveRules;
	/** Counts one member. */
	addMember(name: string): void;
	/** Passes unpacked bytes of one member on, and counts them. */
	count(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
	/** Looks into the unpacked bytes of a member, and reads them to their end. */
	inside(bytes: AsyncIterable<Uint8Array>, depth: number): Promise<void>;
	/** Members and unpacked bytes so far. */
	readonly entries: number;
	readonly unpacked: number;
}

/** Bytes of all names together, besides some for each member: they are kept until the directory was compared. */
export const maxNames = (rules: ArchiveRules): number => 2 ** 24 + 128 * rules.maxEntries;

/** Bytes that may be unpacked at any ratio: a text of one letter is no attack. */
const anyRatio = 16 * 1024 * 1024;

/** Makes the counters of a walk. */
export function beginWalk(rules: ArchiveRules, objectSize: number, inside: Walk["inside"]): Walk {
	let entries = 0;
	let unpacked = 0;
	let names = 0;
	const exceed = (detail: string): ArchiveFinding =>
		new ArchiveFinding(rules.beyondLimits, "archive-limit", detail);

	function check(member: number): void {
		const { maxMemberSize, maxSize, maxRatio } = rules;
		if (member > maxMemberSize) {
			throw exceed(`A member of the archive unpacks to more than ${maxMemberSize} bytes.`);
		}
		if (unpacked > maxSize) throw exceed(`The archive unpacks to more than ${maxSize} bytes.`);
		if (unpacked > anyRatio && unpacked > maxRatio * objectSize) {
			throw exceed(`The archive unpacks to more than ${maxRatio} times its size.`);
		}
	}

	return {
		rules,
		inside,
		get entries() {
			return entries;
		},
		get unpacked() {
			return unpacked;
		},
		addMember(name) {
			entries += 1;
			if (entries > rules.maxEntries) {
				throw exceed(`The archive has more than ${rules.maxEntries} members.`);
			}
			names += name.length;
			if (names > maxNames(rules)) throw exceed("The names in the archive are too long.");
			checkName(name, rules);
		},
		async *count(bytes) {
			let member = 0;
			for await (const chunk of bytes) {
				member += chunk.length;
				unpacked += chunk.length;
				check(member);
				yield chunk;
			}
		},
	};
}

const unsafe = (detail: string): ArchiveFinding =>
	new ArchiveFinding("infected", "unsafe-archive", detail);

/** @throws ArchiveFinding for a name that leads out of the folder it is unpacked to. */
export function checkName(name: string, { safeNames }: ArchiveRules): void {
	if (!safeNames) return;
	// Windows separates by backslashes too
	if (/^(?:[\\/]|[a-z]:)/i.test(name))
		throw unsafe("A member of the archive has an absolute name.");
	// Windows drops spaces and dots at the end of a segment
	if (/(?:^|[\\/])\.\.[ .]*(?:[\\/]|$)/.test(name)) {
		throw unsafe('A member of the archive has a name with "..".');
	}
	// biome-ignore lint/suspicious/noControlCharactersInRegex: they end or hide names
	if (/[\0-\x1f\x7f]/.test(name)) {
		throw unsafe("A member of the archive has a name with control characters.");
	}
}

/** @throws ArchiveFinding */
export function refuseSpecialFile({ safeNames }: ArchiveRules): void {
	if (safeNames) throw unsafe("The archive has a link or a special file.");
}
