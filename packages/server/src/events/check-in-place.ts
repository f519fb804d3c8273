import { createHash } from "node:crypto";
import { hasCode, UploadError } from "../errors.js";
import type { ObjectInfo } from "../object-spec.js";
import { commitUpload, releaseUpload } from "../operations/count-upload.js";
import { deleteVersion, lastingVersion } from "../operations/delete-version.js";
import { runLeased } from "../operations/run-leased.js";
import { isFinal, type UploadOutcome } from "../outcomes.js";
import type { PresignProvider } from "../provider.js";
import { reservedSegment } from "../uploads/key.js";
import { matchPattern } from "../uploads/pattern.js";
import { decideBySteps } from "./decide-by-steps.js";
import { isBound, isCurrent } from "./find-upload.js";
import { auditObject, type ObjectContext, tagCalls } from "./object-context.js";
import type { ObjectEvent } from "./object-event.js";
import type { ProcessOptions } from "./process-upload.js";
import { verdictTag } from "./promote.js";

/** Identifies one version of an object, for outcomes: an upload may store its key several times. */
function versionId({ id, bucket }: PresignProvider, { key, version, etag }: ObjectInfo): string {
	const identity = JSON.stringify([id, bucket, key, lastingVersion({ version }) ?? etag]);
	return createHash("sha256").update(identity).digest("hex").slice(0, 32);
}

/** Tags an object with its verdict, beside the tags that it has, and deletes a rejected one by choice. */
async function mark(
	context: ObjectContext,
	provider: PresignProvider,
	object: ObjectInfo,
	{ state, verdict = "failed" }: Pick<UploadOutcome, "state" | "verdict">,
): Promise<void> {
	if (state === "rejected" && context.rejected === "delete") {
		await deleteVersion(provider, object, context.log);
		if (object.uploadId !== undefined) await releaseUpload(context, object.uploadId);
		return;
	}
	const tagged = tagCalls(provider);
	if (!tagged) return;
	const tags = await tagged.readTags(object);
	await tagged.writeTags(object, { ...tags, [verdictTag]: verdict });
	if (lastingVersion(object) !== undefined) return;
	// tags have no condition: another object may have come in between, and it has no verdict yet
	const now = await provider.head(object.key);
	if (!now || isCurrent(object, now)) return;
	await tagged.writeTags(now, tags);
	throw new UploadError("conflict", "The object was replaced while it was looked at.");
}

/** The verdict that an object is tagged with. */
async function verdictOf(
	provider: PresignProvider,
	object: ObjectInfo,
): Promise<string | undefined> {
	return (await tagCalls(provider)?.readTags(object))?.[verdictTag];
}

/** Whether the outcome on record is of this object: one that was stored again has the etag of the same bytes, and no tag. */
async function isMarked(
	{ rejected }: ObjectContext,
	provider: PresignProvider,
	object: ObjectInfo,
	{ state }: UploadOutcome,
): Promise<boolean> {
	if (state === "rejected" && rejected === "delete") return false;
	if (lastingVersion(object) !== undefined || !tagCalls(provider)) return true;
	// any tag: a later look may have changed it
	return (await verdictOf(provider, object)) !== undefined;
}

async function check(
	context: ObjectContext,
	event: ObjectEvent,
	about: {
		readonly provider: PresignProvider;
		readonly object: ObjectInfo;
		readonly pattern: string;
	},
	{ again, signal }: ProcessOptions,
): Promise<UploadOutcome | undefined> {
	const { provider, object, pattern } = about;
	const decision = await decideBySteps(context, event, {
		provider,
		object,
		source: object,
		finalKey: object.key,
		uploadId: object.uploadId,
		pattern,
		signal,
	});
	if (!decision) return undefined;
	const { state, verdict, reason, detail, facts } = decision;
	const { key, size, etag, version, contentType } = object;
	await mark(context, provider, object, { state, verdict });
	// a second look that changes nothing is no event
	if (!again || state !== "available") {
		const uploadId = object.uploadId ?? versionId(provider, object);
		const described = { uploadId, provider: provider.id, key, size, contentType };
		await auditObject(context, state, { ...described, verdict, reason });
	}
	const time = new Date().toISOString();
	return { state, verdict, reason, detail, facts, key, size, etag, version, time };
}

/**
 * Looks at an object that is at its key already: one of a rule without quarantine, or one that was promoted before and
 * is looked at again. Its verdict becomes a tag.
 *
 * @returns The outcome; undefined where no rule has the key, the event is outdated, or a scanner has not reported.
 */
export async function checkInPlace(
	context: ObjectContext,
	event: ObjectEvent,
	provider: PresignProvider,
	options: ProcessOptions,
): Promise<UploadOutcome | undefined> {
	const { key } = event;
	if (key.startsWith(`${reservedSegment}/`)) return undefined;
	const rule = context.uploads.rules.find(({ pattern }) => matchPattern(pattern, key));
	// what a copy stored was looked at before
	if (!rule || (rule.quarantine && !options.again)) return undefined;
	const object = await provider.head(key);
	if (!object || !isCurrent(event, object)) return undefined;
	const { uploadId, size } = object;
	// also what no client reports, or stores after it aborted
	if (uploadId !== undefined) await commitUpload(context, uploadId, size);
	const about = { provider, object, pattern: rule.pattern.source };
	try {
		if (options.again) return await check(context, event, about, options);
		const store = context.outcomesOf(provider);
		const id = versionId(provider, object);
		const known = await store.find(id);
		if (known && (isFinal(known) || !event.scanReport)) {
			const isLate =
				known.state === "available" &&
				event.scanReport?.result === "THREATS_FOUND" &&
				isBound(event, object);
			const isDone = async () =>
				isLate
					? (await verdictOf(provider, object)) === "infected"
					: await isMarked(context, provider, object, known);
			if (await isDone()) return known;
			let now: UploadOutcome | undefined = known;
			// nothing is recorded: the same bytes may be stored once more
			const looked = await runLeased(store, `${id}-again`, async () => {
				if (!(await isDone()))
					now = await check(context, event, about, { ...options, again: isLate });
				return undefined;
			});
			if (looked !== "running") return now;
			throw busy();
		}
		let found: UploadOutcome | undefined;
		const outcome = await runLeased(store, id, async () => {
			found = await check(context, event, about, options);
			return found;
		});
		if (outcome !== "running") {
			// another process has recorded its own meanwhile
			if (outcome && found && outcome.verdict !== found.verdict)
				await mark(context, provider, object, outcome);
			return outcome;
		}
	} catch (error) {
		if (!hasCode(error, "conflict", "not-found")) throw error;
		const now = await provider.head(key);
		if (now && isCurrent(object, now)) throw error;
		return undefined;
	}
	throw busy();
}

const busy = (): UploadError =>
	new UploadError("conflict", "Another process looks at this object; the event is tried again.");
