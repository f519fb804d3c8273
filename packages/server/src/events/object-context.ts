import type { Audit, AuditEvent } from "../audit-event.js";
import { type Log, writeLog } from "../hooks.js";
import type { Quota } from "../limits/quota.js";
import type { ObjectTags } from "../maintenance.js";
import type { OutcomeStore, UploadOutcome } from "../outcomes.js";
import type { PresignProvider } from "../provider.js";
import type { Uploads } from "../uploads/define-uploads.js";
import type { ObjectEvent } from "./object-event.js";
import type { Step, VerdictRules } from "./step.js";

/** An object about to be looked at. */
export interface ObjectToCheck {
	/** Where it is, or goes. */
	readonly key: string;
	/** Of the rule. */
	readonly pattern: string;
	/** As declared by the client. */
	readonly contentType?: string | undefined;
	/** Bytes. */
	readonly size: number;
}

/** A value, or a function that chooses it for an object. */
export type ForObject<Value> = Value | ((object: ObjectToCheck) => Value);

/** What happens to objects that are rejected. */
export type RejectedAction = "keep" | "tag" | "delete";

/** The checked options of an object handler. */
export interface ObjectContext {
	readonly uploads: Uploads;
	/** The storage of an event; undefined for another bucket. */
	readonly providerOf: (
		event: ObjectEvent,
	) => PresignProvider | undefined | Promise<PresignProvider | undefined>;
	readonly steps: ForObject<readonly Step[]>;
	readonly verdicts: ForObject<VerdictRules>;
	readonly rejected: RejectedAction;
	readonly outcomesOf: (provider: PresignProvider) => OutcomeStore;
	/** Deliveries after which a verdict `failed` is recorded. */
	readonly attempts: number;
	readonly quota?: Quota | undefined;
	readonly audit?: Audit | undefined;
	readonly log: Log;
}

/** The calls on tags; undefined where the storage has none. */
export const tagCalls = ({ capabilities, maintenance }: PresignProvider): ObjectTags | undefined =>
	capabilities.objectOptions?.tags === true ? maintenance?.tags : undefined;

/** The value for one object. */
export const chosen = <Value>(option: ForObject<Value>, object: ObjectToCheck): Value =>
	typeof option === "function" ? (option as (object: ObjectToCheck) => Value)(object) : option;

/** Writes the event of an object that got a state. What `audit` throws is logged. */
export async function auditObject(
	{ audit, log }: Pick<ObjectContext, "audit" | "log">,
	state: UploadOutcome["state"],
	event: Omit<AuditEvent, "v" | "time" | "requestId" | "type"> & { readonly uploadId: string },
): Promise<void> {
	const type = state === "available" ? "promoted" : state;
	try {
		const time = new Date().toISOString();
		// no call caused it: the upload connects it with those that did
		await audit?.({ v: 1, type, ...event, time, requestId: event.uploadId });
	} catch (cause) {
		const reason = `audit threw, so the event "${type}" may be missing`;
		writeLog(log, "error", { uploadId: event.uploadId, reason, cause });
	}
}
