import { type FindingKind, findingTable } from "./finding-table.js";

/** The stable name of a finding. */
export type FindingCode = keyof typeof findingTable;

/** One thing that is wrong. */
export interface Finding extends Pick<FindingKind, "severity"> {
	readonly code: FindingCode;
	/** What was tried and what came of it, with the values of this case. */
	readonly message: string;
	/** The rule, policy or line to change, to be copied where that is possible. */
	readonly fix: string;
}

/** Makes a finding. @param fix - Says it for this case; absent: as the table says */
export function finding(code: FindingCode, message: string, fix?: string): Finding {
	const { severity, change } = findingTable[code];
	return { code, severity, message, fix: fix ?? `Change: ${change}.` };
}

/** What the checks of one subject came to. */
export interface Section {
	readonly findings: readonly Finding[];
	/** What was not tried, and why. */
	readonly skipped: readonly string[];
	/** Keys of objects that could not be deleted, and prefixes, with a slash at their end, below which some are. */
	readonly left: readonly string[];
}
