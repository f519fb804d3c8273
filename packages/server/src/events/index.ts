export type { Audit, AuditEvent } from "../audit-event.js";
export type { ResultStore } from "../completions.js";
export type { Log } from "../hooks.js";
export type { ObjectInfo } from "../object-spec.js";
export type { OutcomeStore, UploadOutcome, Verdict } from "../outcomes.js";
export { type AbortStaleOptions, type AbortStaleResult, abortStale } from "./abort-stale.js";
export {
	createObjectHandler,
	type ObjectHandler,
	type ObjectHandlerResult,
	type RemainingTime,
	type SubscriptionValidation,
} from "./create-object-handler.js";
export type { ForObject, ObjectToCheck, RejectedAction } from "./object-context.js";
export type { ObjectEvent } from "./object-event.js";
export type { ObjectHandlerOptions } from "./object-options.js";
export type { ObjectReader, TakeChunk } from "./object-reader.js";
export { type RescanOptions, type RescanResult, rescan } from "./rescan.js";
export type { BatchResult } from "./sqs-batch.js";
export type {
	ScanReport,
	Step,
	StepFacts,
	StepInput,
	StepResult,
	VerdictAction,
	VerdictRules,
} from "./step.js";
export { type ArchiveLimitsOptions, archiveLimits } from "./steps/archive-limits.js";
export { checksum } from "./steps/checksum.js";
export { clamav } from "./steps/clamav.js";
export type { ClamavOptions } from "./steps/clamav-options.js";
export { type GuardDutyOptions, guardDuty } from "./steps/guard-duty.js";
export { type MaxPixelsOptions, maxPixels } from "./steps/max-pixels.js";
export { type SniffTypeOptions, sniffType } from "./steps/sniff-type.js";
