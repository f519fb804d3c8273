import { refuseUnknownOptions } from "../../check-options.js";
import { type ByteSize, parseSize } from "../../uploads/size.js";
import { inspectArchive } from "../archive/inspect-archive.js";
import type { ArchiveRules } from "../archive/walk.js";
import { clean, namedStep, type Step } from "../step.js";

/** What an archive may hold, with all archives inside of it. */
export interface ArchiveLimitsOptions {
	/** Members at all depths together. @default 10_000 */
	readonly maxEntries?: number | undefined;
	/** Archives inside of each other; 1: none inside of another. A `.tar.gz` counts as 2. @default 5 */
	readonly maxDepth?: number | undefined;
	/** Unpacked bytes for each byte of the object; looked at above 16 MiB. @default 200 */
	readonly maxRatio?: number | undefined;
	/** Unpacked bytes at all depths together. @default "50 GB" */
	readonly maxSize?: ByteSize | undefined;
	/** Unpacked bytes of one member. @default that of maxSize */
	readonly maxMemberSize?: ByteSize | undefined;
}

const known = ["maxEntries", "maxDepth", "maxRatio", "maxSize", "maxMemberSize"];

/**
 * Makes a step that unpacks archives as they are read, and keeps nothing. It looks into zip (also docx, jar and the
 * like), tar and gzip, and into those inside of them. Beyond a limit, or with links, special files, absolute
 * names or `..` inside, an archive is `infected`. It is `unscannable` when it is encrypted, damaged, of another
 * format, or when its headers differ from what it holds. Any other object is `clean`, and is not read whole.
 *
 * @param options - The limits.
 * @returns The step, for the option `steps` of an object handler.
 * @throws TypeError for a limit that is none.
 */
export function archiveLimits(options: ArchiveLimitsOptions = {}): Step {
	const rules = rulesOf(options);
	return namedStep("archiveLimits", async ({ reader }) => {
		const inspection = await inspectArchive(reader, rules);
		if (inspection === null) return clean();
		if ("verdict" in inspection) return inspection;
		await reader.readAll((chunk) => inspection.take(chunk));
		const result = await inspection.end();
		if ("verdict" in result) return result;
		const { format, entries, unpacked } = result;
		return clean({ archive: format, archiveEntries: entries, archiveBytes: unpacked });
	});
}

function rulesOf(options: ArchiveLimitsOptions): ArchiveRules {
	refuseUnknownOptions(options, known);
	const { maxEntries = 10_000, maxDepth = 5, maxRatio = 200, maxSize = "50 GB" } = options;
	for (const [name, value] of Object.entries({ maxEntries, maxDepth, maxRatio })) {
		if (value >= 1) continue;
		throw new TypeError(`${name} must be a number from 1 on, not ${value}.`);
	}
	return {
		maxEntries,
		maxDepth,
		maxRatio,
		maxSize: parseSize(maxSize),
		maxMemberSize: parseSize(options.maxMemberSize ?? maxSize),
		beyondLimits: "infected",
		safeNames: true,
		unread: () => false,
	};
}
