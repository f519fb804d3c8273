import { hasCode, UploadError } from "../errors.js";
import { writeLog } from "../hooks.js";
import type { ObjectInfo } from "../object-spec.js";
import { commitUpload, releaseUpload } from "../operations/count-upload.js";
import { deleteVersion } from "../operations/delete-version.js";
import { runLeased } from "../operations/run-leased.js";
import { runOnComplete } from "../operations/run-on-complete.js";
import { isFinal, type UploadOutcome } from "../outcomes.js";
import type { PresignProvider } from "../provider.js";
import { expiryGrace, quarantinePrefix } from "../quarantine.js";
import { checkLimits } from "../uploads/authorize-upload.js";
import { decideBySteps } from "./decide-by-steps.js";
import { findUpload, isCurrent, type QuarantinedObject } from "./find-upload.js";
import { auditObject, type ObjectContext, tagCalls } from "./object-context.js";
import type { ObjectEvent } from "./object-event.js";
import { pinSource } from "./pin-source.js";
import { findPromoted, promote, verdictTag } from "./promote.js";

/** How the work on one event is done. */
export interface ProcessOptions {
	/** Also where an outcome is `held`. */
	readonly again: boolean;
	/** Without a recorded outcome nothing is done: it may have been rejected, and that forgotten. @default false */
	readonly onlyKnown?: boolean | undefined;
	readonly signal?: AbortSignal | undefined;
}

const uploadIdShape = /^[0-9a-f]{32}$/;

/** A limit of the rule that the object exceeds: not every storage binds size and type into its URLs. */
function brokenLimit({ rule, record, object }: QuarantinedObject): UploadError | undefined {
	const { size, contentType = "application/octet-stream" } = object;
	const requestedKey = record.requestedKey ?? record.key;
	try {
		checkLimits(rule, { contentType, requestedKey, size });
	} catch (error) {
		if (error instanceof UploadError) return error;
		throw error;
	}
	return undefined;
}

/** What the steps say, and the copy at the key where they accept. */
async function examine(
	context: ObjectContext,
	found: QuarantinedObject,
	event: ObjectEvent,
	signal: AbortSignal | undefined,
): Promise<(Partial<UploadOutcome> & { readonly promoted?: ObjectInfo }) | undefined> {
	const { provider, rule, record, uploadId, object } = found;
	// of an attempt that ended before its outcome was recorded
	const earlier = await findPromoted(found);
	if (earlier) return { promoted: earlier };
	const broken = brokenLimit(found);
	if (broken) return { state: "rejected", reason: broken.code, detail: broken.message };
	const { source, free } = await pinSource(provider, object, uploadId);
	try {
		const decision = await decideBySteps(context, event, {
			provider,
			object,
			source,
			finalKey: record.key,
			uploadId,
			pattern: rule.pattern.source,
			signal,
		});
		if (decision?.state !== "available") return decision;
		// decided by another process, where the store has no leases or this one's has ended
		const recorded = await context.outcomesOf(provider).find(uploadId);
		if (recorded && isFinal(recorded)) return undefined;
		const { verdict } = decision;
		return { ...decision, promoted: await promote({ ...found, source, verdict }) };
	} finally {
		await free();
	}
}

/** Runs `onComplete` for a file that is at its key. A rejected one is deleted there: no URL can write that key. */
async function completePromoted(
	{ log }: ObjectContext,
	{ provider, rule, params, record, uploadId }: QuarantinedObject,
	promoted: ObjectInfo,
): Promise<Pick<UploadOutcome, "state" | "reason" | "data">> {
	if (!rule.onComplete) return { state: "available" };
	const { key, size, etag, version, contentType = "application/octet-stream" } = promoted;
	const { metadata = {}, principal = null } = record;
	const input = { uploadId, key, size, etag, version, contentType, metadata, params, principal };
	const result = await runOnComplete(rule, input);
	if (!("rejected" in result)) return { state: "available", data: result.data };
	await deleteVersion(provider, promoted, log);
	return { state: "rejected", reason: result.rejected };
}

/** Works on an upload until its outcome is certain; undefined where the event decides nothing. */
async function processFound(
	context: ObjectContext,
	found: QuarantinedObject,
	event: ObjectEvent,
	signal: AbortSignal | undefined,
): Promise<UploadOutcome | undefined> {
	const { provider, record, uploadId, object } = found;
	let examined: Awaited<ReturnType<typeof examine>>;
	try {
		examined = await examine(context, found, event, signal);
	} catch (error) {
		if (hasCode(error, "already-exists")) {
			examined = { state: "rejected", reason: "already-exists", detail: error.message };
		} else {
			// replaced or deleted meanwhile: the event of the new object decides
			const now = hasCode(error, "conflict", "not-found") && (await provider.head(object.key));
			if (now === false || (now && isCurrent(object, now))) throw error;
			return undefined;
		}
	}
	if (!examined) return undefined;
	const { promoted, ...said } = examined;
	const ended = promoted ? await completePromoted(context, found, promoted) : undefined;
	const { size, etag, version } = promoted ?? object;
	const { key, principal } = record;
	const outcome: UploadOutcome = {
		...said,
		...(ended ?? { state: said.state ?? "held" }),
		key,
		size,
		etag,
		version,
		time: new Date().toISOString(),
	};
	const { state, verdict, reason } = outcome;
	if (state === "rejected") await releaseUpload(context, uploadId);
	else await commitUpload(context, uploadId, size);
	const { contentType } = object;
	const described = { uploadId, principal, provider: provider.id, key, size, contentType };
	await auditObject(context, state, { ...described, verdict, reason });
	return outcome;
}

/** Removes or marks a source that is no longer needed. What fails is left to `abortStale` or a lifecycle rule. */
async function disposeSource(
	{ rejected, log }: ObjectContext,
	{ provider, record, uploadId, object }: QuarantinedObject,
	{ state, verdict = "failed" }: UploadOutcome,
): Promise<void> {
	if (state === "held") return;
	try {
		if (state === "rejected" && rejected === "tag") {
			await tagCalls(provider)?.writeTags(object, { [verdictTag]: verdict });
		}
		if (state === "rejected" && rejected !== "delete") return;
		// until its URL has expired, a deletion would let it store another object
		if (Date.now() / 1000 < record.until + expiryGrace) return;
		await deleteVersion(provider, object, log);
	} catch (cause) {
		writeLog(log, "warn", {
			uploadId,
			reason: "the file in quarantine could not be marked or deleted",
			cause,
		});
	}
}

/** Deletes what is at the key of a rejected upload: a process that had lost its lease copied it. */
async function withdraw(
	context: ObjectContext,
	provider: PresignProvider,
	uploadId: string,
	key: string,
): Promise<void> {
	const promoted = await provider.head(key);
	if (promoted?.uploadId !== uploadId) return;
	await deleteVersion(provider, promoted, context.log);
	await releaseUpload(context, uploadId);
}

/**
 * Looks at an upload in quarantine, once for all events about it, and promotes or rejects it.
 *
 * @returns The recorded outcome; undefined where the event is outdated, or a scanner has not reported.
 * @throws UploadError `conflict` while another process works on it, and for everything that a repetition may mend.
 */
export async function processUpload(
	context: ObjectContext,
	event: ObjectEvent,
	provider: PresignProvider,
	{ again, onlyKnown = false, signal }: ProcessOptions,
): Promise<UploadOutcome | undefined> {
	const uploadId = event.key.slice(quarantinePrefix.length);
	if (!uploadIdShape.test(uploadId)) return undefined;
	const store = context.outcomesOf(provider);
	const known = await store.find(uploadId);
	if (!known && onlyKnown) return undefined;
	if (known?.state === "rejected") await withdraw(context, provider, uploadId, known.key);
	if (known && (isFinal(known) || !(again || event.scanReport))) return known;
	let found: QuarantinedObject | undefined;
	const outcome = await runLeased(store, uploadId, async () => {
		found = await findUpload(context, event, provider, uploadId);
		return found && processFound(context, found, event, signal);
	});
	if (outcome === "running") {
		throw new UploadError(
			"conflict",
			"Another process works on this upload; the event is tried again.",
		);
	}
	if (outcome?.state === "rejected") await withdraw(context, provider, uploadId, outcome.key);
	if (found && outcome) await disposeSource(context, found, outcome);
	return outcome;
}
