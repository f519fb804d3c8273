import { toUploadError } from "../errors.js";
import { logError } from "../hooks.js";
import type { UploadOutcome } from "../outcomes.js";
import { type ObjectEvent, readEvents } from "./object-event.js";
import { type ObjectHandlerOptions, readOptions } from "./object-options.js";
import { processObject } from "./process-object.js";
import { type BatchResult, processBatch, sqsRecords } from "./sqs-batch.js";

/** The members of a Lambda context that the handler reads. */
export interface RemainingTime {
	/** Milliseconds. */
	readonly getRemainingTimeInMillis?: (() => number) | undefined;
}

/** What Event Grid is told when a subscription is made. */
export interface SubscriptionValidation {
	readonly validationResponse: string;
}

/** The result of other events: what is recorded of each object that one decided. */
export interface ObjectHandlerResult {
	readonly outcomes: readonly UploadOutcome[];
}

/** Handles events. @throws UploadError where the event has to be delivered again. */
export type ObjectHandler = (
	event: unknown,
	context?: RemainingTime,
) => Promise<BatchResult | SubscriptionValidation | ObjectHandlerResult>;

/** Milliseconds that are left to record how far the work got. */
const margin = 3_000;

/** https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema */
function validationCode(event: unknown): string | undefined {
	const [first] = (Array.isArray(event) ? event : [event]) as readonly {
		readonly eventType?: string;
		readonly data?: { readonly validationCode?: string };
	}[];
	const isValidation = first?.eventType === "Microsoft.EventGrid.SubscriptionValidationEvent";
	return isValidation ? first.data?.validationCode : undefined;
}

/**
 * Makes the handler of what happens after an upload: it runs the steps on each stored object and, for rules with
 * `quarantine`, copies those that pass to their keys.
 *
 * It understands EventBridge's "Object Created", S3 event notifications, SQS batches of either (turn
 * `ReportBatchItemFailures` on), SNS, results of GuardDuty's Malware Protection, Azure Event Grid, and
 * `{ bucket, key, version, etag }`. Events may come late, several times and in any order: each version of an object
 * has one outcome.
 *
 * @param options - The rules, the storage, and the steps.
 * @returns A Lambda handler, which other runtimes can call as well.
 * @throws TypeError when an option is wrong.
 * @example
 * export const handler = createObjectHandler({ uploads, provider, steps: [sniffType(), clamav({ host, port, maxFileSize })] });
 */
export function createObjectHandler(options: ObjectHandlerOptions): ObjectHandler {
	const { context, concurrency } = readOptions(options);
	/** The work in progress by version and report: duplicates in one batch share it. */
	const running = new Map<string, Promise<UploadOutcome | undefined>>();

	function processOnce(event: ObjectEvent, signal: AbortSignal | undefined) {
		const { attempt: _attempt, ...identity } = event;
		const id = JSON.stringify(identity);
		const started = running.get(id);
		if (started !== undefined) return started;
		const work = processObject(context, event, { again: false, signal });
		running.set(id, work);
		const end = () => running.delete(id);
		work.then(end, end);
		return work;
	}

	/** All outcomes of one message. @throws The first failure, when everything was tried. */
	async function processAll(message: unknown, attempt: number, signal: AbortSignal | undefined) {
		const results = await Promise.allSettled(
			readEvents(message).map((event) => processOnce({ attempt, ...event }, signal)),
		);
		for (const result of results) if (result.status === "rejected") throw result.reason;
		return results.flatMap((result) => (result.status === "fulfilled" ? (result.value ?? []) : []));
	}

	/** The same, with a log line of what is thrown. */
	async function processMessage(...message: Parameters<typeof processAll>) {
		try {
			return await processAll(...message);
		} catch (thrown) {
			const error = toUploadError(thrown);
			logError(context.log, error, {});
			throw error;
		}
	}

	return async (event, lambda) => {
		const left = lambda?.getRemainingTimeInMillis?.();
		const signal = left === undefined ? undefined : AbortSignal.timeout(Math.max(left - margin, 1));
		const code = validationCode(event);
		if (code !== undefined) return { validationResponse: code };
		const records = sqsRecords(event);
		if (!records) return { outcomes: await processMessage(event, 1, signal) };
		return processBatch(records, concurrency, async ({ body, attributes }) => {
			await processMessage(body, Number(attributes?.ApproximateReceiveCount ?? 1), signal);
		});
	};
}
