import type { FindingKind } from "./finding-kind.js";
import { findingTable } from "./finding-table.js";

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

/** Makes a finding. @param fix - For this case. @default that of the table */
export function finding(code: FindingCode, message: string, fix?: string): Finding {
	const { severity, fix: usual } = findingTable[code];
	return { code, severity, message, fix: fix ?? `${usual}.` };
}

/** Seconds between two clocks from which URLs of five minutes are short-lived or refused. */
const worstSkew = 240;

/** Whether a clock differs from the storage's. @param skew - Seconds by which it is ahead, where that is known */
export function clockFindings(whose: string, skew: number | undefined): readonly Finding[] {
	if (skew === undefined || !(Math.abs(skew) > worstSkew)) return [];
	const by = `${Math.round(Math.abs(skew) / 60)} minutes`;
	const seen = `${whose} clock is ${by} ${skew > 0 ? "ahead of" : "behind"} the storage's.`;
	return [finding("clock-skewed", seen, "Set the clock (NTP): timedatectl set-ntp true")];
}

/** What one check came to. */
export interface CheckResult {
	readonly findings: readonly Finding[];
	/** Why something could not be tried; undefined where all was. */
	readonly skipped?: string;
}

/** Where the checks of one subject, which run one after the other, put what they find. */
export interface Examination {
	readonly findings: Finding[];
	readonly skipped: string[];
	readonly signal: AbortSignal | undefined;
}

/** What the checks of one subject came to. */
export interface Section {
	readonly findings: readonly Finding[];
	/** What was not tried, and why. */
	readonly skipped: readonly string[];
	/** Keys of objects that could not be deleted, and prefixes, with a slash at their end, below which some are. */
	readonly left: readonly string[];
	/** Whether anything could be tried. @default true */
	readonly isTried?: boolean | undefined;
	/** The origins that pages connect to, where they are known. */
	readonly contacts?: readonly string[] | undefined;
}
