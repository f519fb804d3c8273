import { memoryResults, type ResultStore } from "./completions.js";

/**
 * What is known about the content of a stored object. `infected`: it must not be served, because of malware or
 * of something else that a step forbids. `unscannable`: its content cannot be examined. `failed`: a step could not do
 * its work. Only `clean` is ever served, unless a rule says otherwise.
 */
export type Verdict = "clean" | "infected" | "unscannable" | "failed";

/** How processing an upload ended, in plain JSON. */
export interface UploadOutcome {
	/** `held`: neither served nor rejected, until somebody decides or it is processed again. */
	readonly state: "available" | "rejected" | "held";
	/** Of the steps; absent where something else decided. */
	readonly verdict?: Verdict | undefined;
	/** Why it is not available: a stable word such as `malware` or `already-exists`, or the text given to `reject`. */
	readonly reason?: string | undefined;
	/** The same as a sentence for people. */
	readonly detail?: string | undefined;
	/** What the steps noted, such as a digest or the version of signatures. */
	readonly facts?: Readonly<Record<string, string | number | boolean>> | undefined;
	/** Where the object is, or would be. */
	readonly key: string;
	/** Bytes. */
	readonly size: number;
	readonly etag?: string | undefined;
	readonly version?: string | undefined;
	/** What `onComplete` returned. */
	readonly data?: unknown;
	/** ISO 8601, UTC. */
	readonly time: string;
}

/**
 * Keeps how uploads ended. One process at a time works on an upload; its first outcome that is not `held` is
 * final. Ids have at most 64 letters, digits and hyphens.
 */
export type OutcomeStore = ResultStore<UploadOutcome>;

/** Seconds for which outcomes are kept. */
export const outcomeLife: number = 31 * 86_400;

/** Whether an outcome may not be replaced. */
export const isFinal = ({ state }: UploadOutcome): boolean => state !== "held";

/**
 * Keeps outcomes in the memory of one process, for the last 10,000 uploads: for tests, and for servers that run as
 * a single process together with their object handler.
 *
 * @returns The store for `outcomes` of a handler and of `createObjectHandler`.
 */
export function memoryOutcomes(): OutcomeStore {
	return memoryResults(isFinal);
}
