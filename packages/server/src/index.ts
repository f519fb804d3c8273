export type {
	Checksum,
	ChecksumAlgorithm,
	ErrorCode,
	OperationName,
	Problem,
	ProblemDetail,
	ProblemValues,
} from "#protocol";
export type { Audit, AuditEvent } from "./audit-event.js";
export {
	type CompletionResult,
	type CompletionStore,
	memoryCompletions,
	type ResultLeases,
	type ResultStore,
} from "./completions.js";
export { UploadError, type UploadErrorOptions } from "./errors.js";
export type { HookCall, HookOutcome, Hooks, Log } from "./hooks.js";
export {
	memoryQuota,
	type Quota,
	type QuotaOptions,
	type Reservation,
} from "./limits/quota.js";
export {
	memoryRateLimit,
	type RateLimit,
	type RateLimitAnswer,
	type RateLimitOptions,
} from "./limits/rate-limit.js";
export type { Encryption } from "./object-spec.js";
export { memoryOutcomes, type OutcomeStore, type UploadOutcome, type Verdict } from "./outcomes.js";
export type { PresignProvider } from "./provider.js";
export type { Ed25519JsonWebKey, ProofKey, WebCryptoKey } from "./sign-proof.js";
export type { TokenSecret } from "./token.js";
export { attachment } from "./uploads/attachment.js";
export type { CompiledRule } from "./uploads/compile-rule.js";
export {
	defineUploads,
	type InferUploads,
	type Uploads,
	type UploadsTypes,
	type UploadTable,
} from "./uploads/define-uploads.js";
export type { Pattern, PatternParams, PatternSegment } from "./uploads/pattern.js";
export type { ProviderCall, ProviderOption } from "./uploads/read-provider.js";
export type {
	Action,
	Authorize,
	AuthorizeInput,
	CompleteInput,
	HeaderValue,
	KeyInput,
	MetadataSchema,
	MetadataValues,
	ObjectAccess,
	Principal,
	UploadRule,
} from "./uploads/rule.js";
export type { ByteSize, SizeUnit } from "./uploads/size.js";
