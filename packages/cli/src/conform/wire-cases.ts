import { NoAnswerError } from "../exchange.js";
import { MismatchError, SkippedError } from "./expect-answer.js";
import { framingCases } from "./framing-cases.js";
import { objectCases } from "./object-cases.js";
import { partCases } from "./part-cases.js";
import { singleCases } from "./single-cases.js";
import { type ConformSubject, openWire, type WireCase } from "./wire.js";

/** Every case, in the order in which they run. */
export const wireCases: readonly WireCase[] = [
	...framingCases,
	...singleCases,
	...partCases,
	...objectCases,
];

/** How a case ended. */
export interface CaseOutcome extends Omit<WireCase, "run"> {
	readonly outcome: "passed" | "failed" | "skipped";
	/** What was seen instead, or why it was skipped. */
	readonly reason?: string;
}

/** How cases are run. */
export interface RunCasesOptions {
	/** Names of the cases to run. @default all */
	readonly only?: readonly string[];
	/** Called after each. */
	readonly onOutcome?: (outcome: CaseOutcome) => void;
	/** Stops before the next case. @default never */
	readonly signal?: AbortSignal;
}

/** Runs the cases against a server, one after the other. */
export async function runWireCases(
	subject: ConformSubject,
	{ only, onOutcome, signal }: RunCasesOptions = {},
): Promise<readonly CaseOutcome[]> {
	const wire = openWire(subject);
	const outcomes: CaseOutcome[] = [];
	for (const { run, ...about } of wireCases) {
		if (only && !only.includes(about.name)) continue;
		signal?.throwIfAborted();
		const outcome = await run(wire).then(
			(): CaseOutcome => ({ ...about, outcome: "passed" }),
			(error: unknown): CaseOutcome => {
				if (error instanceof SkippedError) {
					return { ...about, outcome: "skipped", reason: error.message };
				}
				const isSeen = error instanceof MismatchError || error instanceof NoAnswerError;
				if (!isSeen) throw error;
				return { ...about, outcome: "failed", reason: error.message };
			},
		);
		outcomes.push(outcome);
		onOutcome?.(outcome);
	}
	return outcomes;
}
