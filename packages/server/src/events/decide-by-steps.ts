import { UploadError } from "../errors.js";
import { writeLog } from "../hooks.js";
import type { ObjectInfo } from "../object-spec.js";
import type { UploadOutcome, Verdict } from "../outcomes.js";
import type { PresignProvider } from "../provider.js";
import { isBound } from "./find-upload.js";
import { chosen, type ObjectContext, tagCalls } from "./object-context.js";
import type { ObjectEvent } from "./object-event.js";
import { runSteps, type StepsResult } from "./run-steps.js";
import { actionFor } from "./step.js";

/** The verdict on an object, and the state that follows from it. */
export interface Decision extends Pick<StepsResult, "reason" | "detail" | "facts"> {
	readonly verdict: Verdict;
	readonly state: UploadOutcome["state"];
}

/** Which object is decided. */
export interface DecisionInput {
	readonly provider: PresignProvider;
	/** As stored: its tags are read. */
	readonly object: ObjectInfo;
	/** What the steps read: the object, or a private copy of it. */
	readonly source: ObjectInfo;
	/** Where it is, or goes. */
	readonly finalKey: string;
	readonly uploadId: string | undefined;
	/** Of the rule. */
	readonly pattern: string;
	readonly signal: AbortSignal | undefined;
}

/**
 * Runs the steps that the options choose for an object, and applies the rules for unclear verdicts.
 *
 * @returns The decision; undefined while a scanner has not reported.
 * @throws UploadError `internal` where a step failed and the event may be delivered again.
 */
export async function decideBySteps(
	context: ObjectContext,
	event: ObjectEvent,
	{ provider, object, source, pattern, ...input }: DecisionInput,
): Promise<Decision | undefined> {
	const { steps, verdicts, attempts } = context;
	const { attempt = 1 } = event;
	const { contentType, size } = object;
	const checked = { key: input.finalKey, pattern, contentType, size };
	// of a copy, nobody else knows which object it was made of where a URL can overwrite
	const isKnown = source.key === object.key || provider.capabilities.createOnly.single !== "none";
	const scanReport = isKnown && isBound(event, object) ? event.scanReport : undefined;
	if (event.scanReport && !scanReport) {
		const why = isKnown
			? "it cannot be told which version it is about. It must come with the version or etag of the object"
			: "a URL could have replaced what was scanned. Turn on versioning of the bucket";
		const reason = `a scan report on ${object.key} does not count, because ${why}`;
		writeLog(context.log, "warn", { uploadId: input.uploadId, reason });
	}
	const tagged = isKnown ? tagCalls(provider) : undefined;
	const result = await runSteps(chosen(steps, checked), {
		...input,
		provider,
		object: source,
		scanReport,
		tags: tagged && (() => tagged.readTags(object)),
	});
	const { verdict, reason, detail, facts, step = "a step" } = result;
	if (verdict === "pending") return undefined;
	if (verdict === "failed" && attempt < attempts) {
		throw new UploadError("internal", "A step failed; the event is tried again.", {
			reason: `${step} failed: ${detail ?? reason}`,
		});
	}
	const action = actionFor(verdict, chosen(verdicts, checked));
	const state = ({ accept: "available", hold: "held", reject: "rejected" } as const)[action];
	return { verdict, reason, detail, facts, state };
}
