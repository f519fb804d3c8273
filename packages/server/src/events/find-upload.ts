import { UploadError } from "../errors.js";
import { writeLog } from "../hooks.js";
import type { ObjectInfo } from "../object-spec.js";
import { lastingVersion } from "../operations/delete-version.js";
import type { PresignProvider } from "../provider.js";
import { type QuarantineRecord, readQuarantineRecord } from "../quarantine.js";
import type { CompiledRule } from "../uploads/compile-rule.js";
import { matchPattern } from "../uploads/pattern.js";
import type { ObjectContext } from "./object-context.js";
import type { ObjectEvent } from "./object-event.js";

/** An upload in quarantine, and all that is known of it. */
export interface QuarantinedObject {
	readonly provider: PresignProvider;
	readonly rule: CompiledRule;
	readonly params: Readonly<Record<string, string>>;
	readonly record: QuarantineRecord;
	readonly uploadId: string;
	readonly object: ObjectInfo;
}

const withoutQuotes = (etag: string): string => etag.replace(/^(?:W\/)?"(.*)"$/, "$1");

type VersionNamed = Pick<ObjectEvent, "version" | "etag">;

/** Whether an event names the version that is stored now; undefined where it names none. */
function namesStored(event: VersionNamed, object: ObjectInfo): boolean | undefined {
	const [reported, stored] = [lastingVersion(event), lastingVersion(object)];
	if (reported !== undefined && stored !== undefined) return reported === stored;
	if (event.etag === undefined || object.etag === undefined) return undefined;
	return withoutQuotes(event.etag) === withoutQuotes(object.etag);
}

/** Whether an event may be about the version that is stored now: one that names none is. */
export const isCurrent = (event: VersionNamed, object: ObjectInfo): boolean =>
	namesStored(event, object) ?? true;

/** Whether an event says itself that it is about the version that is stored now. */
export const isBound = (event: VersionNamed, object: ObjectInfo): boolean =>
	namesStored(event, object) === true;

/** Finds the upload of an event; undefined where the event is outdated, or the object not ours. */
export async function findUpload(
	{ uploads, log }: ObjectContext,
	event: ObjectEvent,
	provider: PresignProvider,
	uploadId: string,
): Promise<QuarantinedObject | undefined> {
	const object = await provider.head(event.key);
	if (!object || !isCurrent(event, object)) return undefined;
	const record = readQuarantineRecord(object);
	if (object.uploadId !== uploadId || !record) {
		const reason = `${object.key} was not stored by an upload, and is ignored`;
		writeLog(log, "warn", { uploadId, reason });
		return undefined;
	}
	const { key, requestedKey = key } = record;
	for (const rule of uploads.rules) {
		const params = matchPattern(rule.pattern, requestedKey);
		if (params && rule.quarantine) return { provider, rule, params, record, uploadId, object };
	}
	throw new UploadError(
		"internal",
		"No rule with quarantine matches the upload's key. Pass the object handler the table of the upload handler.",
		{ reason: `no rule with quarantine matches ${JSON.stringify(requestedKey)}` },
	);
}
