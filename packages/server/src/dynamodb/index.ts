export type { CompletionResult, CompletionStore } from "../completions.js";
export { dynamoCompletions } from "./completions.js";
export type { DynamoTableOptions } from "./table.js";
