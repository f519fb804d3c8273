import { limitConcurrency } from "./in-parallel.js";

/** What SQS is told: these messages are to be delivered again. */
export interface BatchResult {
	readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** The members of an SQS message that are read here. */
export interface SqsRecord {
	readonly messageId: string;
	readonly body: string;
	readonly eventSource: "aws:sqs";
	readonly eventSourceARN?: string | undefined;
	readonly attributes?:
		| {
				readonly ApproximateReceiveCount?: string | undefined;
				readonly MessageGroupId?: string | undefined;
		  }
		| undefined;
}

/** The messages of a batch; undefined for other events. */
export function sqsRecords(event: unknown): readonly SqsRecord[] | undefined {
	const { Records: records } = (event ?? {}) as { readonly Records?: readonly SqsRecord[] };
	return Array.isArray(records) && records[0]?.eventSource === "aws:sqs" ? records : undefined;
}

/** The library returns one and the same object for every batch without failures, and a caller may change it. */
const copy = ({ batchItemFailures }: BatchResult): BatchResult => ({
	batchItemFailures: [...batchItemFailures],
});

/**
 * Works on all messages of a batch. In a FIFO queue they are taken one by one, and those that follow a failure in
 * its message group are left for the next delivery. Nothing is thrown where all fail: SQS reads the list then, too.
 *
 * @param concurrency - The most messages at once, where the queue has no order.
 * @param work - Rejects for a message that is to be delivered again.
 */
export async function processBatch(
	records: readonly SqsRecord[],
	concurrency: number,
	work: (record: SqsRecord) => Promise<void>,
): Promise<BatchResult> {
	// loaded at the first batch: other events do without it
	const { BatchProcessor, EventType, processPartialResponse, SqsFifoPartialProcessorAsync } =
		await import("@aws-lambda-powertools/batch");
	const batch = { Records: [...records] };
	const options = { throwOnFullBatchFailure: false };
	// standard queues have groups as well, for fairness, but no order
	if (records[0]?.eventSourceARN?.endsWith(".fifo")) {
		const inOrder = new SqsFifoPartialProcessorAsync();
		const ordered = { ...options, skipGroupOnError: true };
		return copy(await processPartialResponse(batch, work, inOrder, ordered));
	}
	const limited = limitConcurrency(concurrency);
	const atOnce = new BatchProcessor(EventType.SQS);
	const limitedWork = (record: SqsRecord) => limited(() => work(record));
	return copy(await processPartialResponse(batch, limitedWork, atOnce, options));
}
