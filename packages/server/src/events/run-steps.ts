import { hasCode, redact } from "../errors.js";
import { openObject } from "./object-reader.js";
import type { PinnedObject } from "./read-range.js";
import {
	failed,
	type Step,
	type StepFacts,
	type StepInput,
	type StepResult,
	unscannable,
	type Verdict,
} from "./step.js";

/** What one step said. */
export interface NamedResult extends StepResult {
	/** Its name, or its position from 1. */
	readonly step: string;
}

/** What all steps said together. */
export interface StepsResult {
	/** The worst of them; `pending` while a scanner's event is missing. */
	readonly verdict: Verdict | "pending";
	/** Of the step that decided. */
	readonly reason?: string | undefined;
	readonly detail?: string | undefined;
	/** The name of the step that decided; absent where all are clean. */
	readonly step?: string | undefined;
	/** In the order of the steps; those that no longer mattered are left out. */
	readonly results: readonly NamedResult[];
	/** Of all steps. */
	readonly facts: StepFacts;
	/** Bytes that the storage was asked for. */
	readonly bytesRead: number;
}

/** Which object the steps look at. */
export interface RunStepsOptions
	extends Pick<StepInput, "object" | "finalKey" | "uploadId" | "scanReport" | "tags">,
		Pick<PinnedObject, "provider" | "retryDelay"> {
	/** Aborts all steps. @default none */
	readonly signal?: AbortSignal | undefined;
}

/** The verdict that decides comes first. */
const severity = ["infected", "pending", "failed", "unscannable", "clean"] as const;

/**
 * Runs all steps at once, on one version of an object and with one reading of it. The first that says `infected`
 * or `pending` ends the others.
 *
 * @param steps - In the order of the record. Without any, nothing is known: `failed`.
 * @param options - The object.
 * @throws UploadError `conflict` when the object was replaced, `not-found` when it is gone: then there is nothing
 *   to decide.
 */
export async function runSteps(
	steps: readonly Step[],
	{ provider, retryDelay, signal, ...input }: RunStepsOptions,
): Promise<StepsResult> {
	signal?.throwIfAborted();
	const ended = new AbortController();
	const either = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal;
	const opened = openObject({ provider, object: input.object, signal: either, retryDelay });
	const readers = steps.map(() => opened.join());
	const results: (NamedResult | undefined)[] = steps.map(() => undefined);

	await new Promise<void>((resolve) => {
		let running = steps.length;
		if (running === 0) resolve();
		signal?.addEventListener("abort", () => resolve(), { once: true });
		steps.forEach(async (step, index) => {
			const reader = readers[index];
			if (!reader) return;
			const result = await runStep(step, { ...input, reader, signal: either });
			reader.leave();
			running -= 1;
			if (ended.signal.aborted) return;
			results[index] = { step: step.name || `step ${index + 1}`, ...result };
			const decides = result.verdict === "infected" || result.verdict === "pending";
			if (!decides && running > 0) return;
			resolve();
			ended.abort();
		});
	});
	signal?.throwIfAborted();
	if (opened.lost) throw opened.lost;

	const said = results.filter((result) => result !== undefined);
	const facts = Object.assign({}, ...said.map((result) => result.facts)) as StepFacts;
	const rest = { results: said, facts, bytesRead: opened.bytesRead };
	if (said.length === 0) return { ...failed("no-steps", "No step looked at the object."), ...rest };
	const verdict = severity.find((level) => said.some((one) => one.verdict === level)) ?? "failed";
	if (verdict === "clean") return { verdict, ...rest };
	const { reason, detail, step } = said.find((one) => one.verdict === verdict) ?? {};
	return { verdict, reason, detail, step, ...rest };
}

/** What a step says in words: it is recorded, answered and audited. */
const wordsOf = ({ reason, detail }: StepResult): Pick<StepResult, "reason" | "detail"> => ({
	...(reason !== undefined && { reason: redact(String(reason)) }),
	...(detail !== undefined && { detail: redact(String(detail)) }),
});

async function runStep(step: Step, input: StepInput): Promise<StepResult> {
	const result = await tryStep(step, input);
	return { ...result, ...wordsOf(result) };
}

async function tryStep(step: Step, input: StepInput): Promise<StepResult> {
	try {
		const result = await step(input);
		if (severity.includes(result?.verdict)) return result;
		return failed("step-error", "The step returned no verdict.");
	} catch (error) {
		if (hasCode(error, "unsupported")) return unscannable("unreadable", error.message);
		// any other message may quote anything
		const detail = hasCode(error, "storage-unavailable", "storage-error", "forbidden")
			? error.message
			: `The step threw ${error instanceof Error ? error.name : "something that is no Error"}.`;
		return failed("step-error", detail);
	}
}
