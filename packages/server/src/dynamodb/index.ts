export type { CompletionResult, CompletionStore, ResultStore } from "../completions.js";
export type { Quota, QuotaOptions, Reservation } from "../limits/quota.js";
export type { RateLimit, RateLimitAnswer, RateLimitOptions } from "../limits/rate-limit.js";
export type { OutcomeStore, UploadOutcome, Verdict } from "../outcomes.js";
export { dynamoCompletions, dynamoOutcomes } from "./completions.js";
export { dynamoQuota } from "./quota.js";
export { dynamoRateLimit } from "./rate-limit.js";
export type { DynamoTableOptions } from "./table.js";
