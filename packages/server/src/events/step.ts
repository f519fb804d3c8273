import type { ObjectInfo } from "../object-spec.js";
import type { Verdict } from "../outcomes.js";
import type { ObjectReader } from "./object-reader.js";

export type { Verdict };

/** What happens to an object: `accept` serves it, `hold` keeps it where nobody reads it. */
export type VerdictAction = "hold" | "reject" | "accept";

/** What happens to objects without a clear verdict. A clean one is accepted, an infected one rejected. */
export interface VerdictRules {
	/** For objects that cannot be looked into: encrypted, too large for a scanner, damaged. @default "hold" */
	readonly unscannable?: VerdictAction | undefined;
	/** For objects that a step failed on. @default "hold" */
	readonly failed?: VerdictAction | undefined;
}

/** Details for the record, such as a digest or the version of the signatures. */
export type StepFacts = Readonly<Record<string, string | number | boolean>>;

/** What a step says. */
export interface StepResult {
	/** `pending`: the step waits for an event of its scanner; all steps run again when it arrives. */
	readonly verdict: Verdict | "pending";
	/** A stable word such as `malware` or `type-mismatch`; absent on `clean`. */
	readonly reason?: string | undefined;
	/** One sentence for people. It must hold no signed URL, token or credential. @default none */
	readonly detail?: string | undefined;
	/** @default none */
	readonly facts?: StepFacts | undefined;
}

/** What a scanner outside of the steps reported about this version of the object. */
export interface ScanReport {
	/** `COMPLETED`, `SKIPPED` or `FAILED`, as GuardDuty writes it. */
	readonly status: string;
	/** Such as `NO_THREATS_FOUND`. */
	readonly result?: string | undefined;
	/** Names of what was found. */
	readonly threats?: readonly string[] | undefined;
}

/** What a step is given. */
export interface StepInput {
	/** The object as stored now, pinned: `key` is where it waits, `contentType` what was declared. */
	readonly object: ObjectInfo;
	/** The key that it is served under once accepted. */
	readonly finalKey: string;
	readonly uploadId?: string | undefined;
	/** Reads the pinned version; another one ends all steps. */
	readonly reader: ObjectReader;
	/** A scan result event of this version, where one has arrived. */
	readonly scanReport?: ScanReport | undefined;
	/** Reads the object's tags; absent where the storage has none. */
	readonly tags?: (() => Promise<Readonly<Record<string, string>>>) | undefined;
	/** Aborted when the result no longer matters. */
	readonly signal: AbortSignal;
}

/**
 * Looks at one object. What it throws, and every other answer than a {@link StepResult}, counts as `failed`.
 * Its `name` stands in the record.
 *
 * @param input - The object, and how to read it.
 */
export type Step = (input: StepInput) => StepResult | Promise<StepResult>;

/**
 * What happens to an object.
 *
 * @param verdict - Of all steps together.
 * @param rules - For those without a clear one.
 */
export function actionFor(verdict: Verdict, rules: VerdictRules = {}): VerdictAction {
	if (verdict === "clean") return "accept";
	if (verdict === "infected") return "reject";
	return rules[verdict] ?? "hold";
}

/** A step whose name no bundler changes. */
export function namedStep(name: string, run: Step): Step {
	return Object.defineProperty(run, "name", { value: name });
}

export const clean = (facts?: StepFacts): StepResult => ({ verdict: "clean", facts });

export const infected = (reason: string, detail: string, facts?: StepFacts): StepResult => ({
	verdict: "infected",
	reason,
	detail,
	facts,
});

export const unscannable = (reason: string, detail: string, facts?: StepFacts): StepResult => ({
	verdict: "unscannable",
	reason,
	detail,
	facts,
});

export const failed = (reason: string, detail: string, facts?: StepFacts): StepResult => ({
	verdict: "failed",
	reason,
	detail,
	facts,
});
