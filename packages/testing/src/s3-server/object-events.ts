import { randomUUID } from "node:crypto";
import type { ObjectCause, StoredObject } from "./buckets.js";

/** How events are delivered. */
export interface S3ServerEvents {
	/**
	 * EventBridge's "Object Created", an S3 event notification, or a batch of one SQS message around EventBridge's.
	 *
	 * @default "eventbridge"
	 */
	readonly shape?: "eventbridge" | "s3" | "sqs" | undefined;
	/**
	 * Receives an event. Where it throws, or names the message in `batchItemFailures`, the event comes again.
	 *
	 * @param event - In the chosen shape.
	 */
	readonly deliver: (event: unknown) => unknown;
	/** Only objects whose keys begin so have events. @default "" */
	readonly prefix?: string | undefined;
	/** How often each event is delivered, apart from failures. @default 1 */
	readonly copies?: number | undefined;
	/** Delays each delivery by up to 100 ms, so that they come in another order; by this seed. @default none */
	readonly shuffle?: number | undefined;
	/** Deliveries of one event after which it is dropped, as by a dead-letter queue. @default 10 */
	readonly maxAttempts?: number | undefined;
	/** Milliseconds until a failed event comes again. @default 100 */
	readonly retryDelay?: number | undefined;
}

/** The deliveries of a running server. */
export interface S3EventDeliveries {
	/** Resolves when no event waits, and none is being delivered. */
	settled(): Promise<void>;
	/** Events that were dropped. */
	readonly dropped: readonly unknown[];
}

/** One event that waits, with its number of deliveries. */
interface Waiting {
	readonly id: string;
	readonly object: StoredObject;
	readonly cause: ObjectCause;
	readonly sequencer: string;
	attempts: number;
}

/** Delivers the events of one bucket. */
export interface EventSender extends S3EventDeliveries {
	send(object: StoredObject, cause: ObjectCause): void;
	/** Drops what waits. */
	close(): void;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html names the reasons. */
const reasons: Readonly<Record<ObjectCause, string>> = {
	Put: "PutObject",
	Post: "POST Object",
	Copy: "CopyObject",
	CompleteMultipartUpload: "CompleteMultipartUpload",
};

/** S3 encodes keys in notifications as forms do. */
const formEncoded = (key: string): string =>
	new URLSearchParams({ key }).toString().slice("key=".length);

const etagOf = ({ etag }: StoredObject): string => etag.replaceAll('"', "");

function notification(bucket: string, { object, cause, sequencer }: Waiting): object {
	const { key, bytes } = object;
	return {
		Records: [
			{
				eventVersion: "2.3",
				eventSource: "aws:s3",
				awsRegion: "us-east-1",
				eventTime: object.lastModified.toISOString(),
				eventName: `ObjectCreated:${cause}`,
				s3: {
					s3SchemaVersion: "1.0",
					bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
					object: { key: formEncoded(key), size: bytes.size, eTag: etagOf(object), sequencer },
				},
			},
		],
	};
}

function bridgeEvent(bucket: string, { id, object, cause, sequencer }: Waiting): object {
	const { key, bytes, lastModified } = object;
	return {
		version: "0",
		id,
		"detail-type": "Object Created",
		source: "aws.s3",
		account: "123456789012",
		time: lastModified.toISOString(),
		region: "us-east-1",
		resources: [`arn:aws:s3:::${bucket}`],
		detail: {
			version: "0",
			bucket: { name: bucket },
			object: { key, size: bytes.size, etag: etagOf(object), sequencer },
			"request-id": id,
			requester: "123456789012",
			reason: reasons[cause],
		},
	};
}

function shapeOf(shape: S3ServerEvents["shape"], bucket: string, waiting: Waiting): object {
	if (shape === "s3") return notification(bucket, waiting);
	const event = bridgeEvent(bucket, waiting);
	if (shape !== "sqs") return event;
	return {
		Records: [
			{
				messageId: waiting.id,
				eventSource: "aws:sqs",
				attributes: { ApproximateReceiveCount: `${waiting.attempts}` },
				body: JSON.stringify(event),
			},
		],
	};
}

function failedIn(result: unknown): boolean {
	const { batchItemFailures = [] } = Object(result) as {
		readonly batchItemFailures?: readonly unknown[];
	};
	return batchItemFailures.length > 0;
}

/**
 * Sends an event for every object that is stored in a bucket, at least once.
 *
 * @param bucket - Its name.
 * @param options - Where to, in which shape and order.
 */
export function eventSender(bucket: string, options: S3ServerEvents): EventSender {
	const {
		shape,
		deliver,
		prefix = "",
		copies = 1,
		shuffle,
		maxAttempts = 10,
		retryDelay = 100,
	} = options;
	const dropped: unknown[] = [];
	let random = shuffle ?? 0;
	let sequence = 0;
	/** Waiting, in delivery, or about to come again. */
	let open = 0;
	let closed = false;
	let listeners: (() => void)[] = [];

	/** Milliseconds until an event is delivered first. */
	function firstDelay(): number {
		if (shuffle === undefined) return 0;
		// a linear congruential generator: the same seed gives the same delays
		random = (random * 1_103_515_245 + 12_345) % 2 ** 31;
		return (random / 2 ** 31) * 100;
	}

	function end(): void {
		open -= 1;
		if (open > 0) return;
		for (const listener of listeners) listener();
		listeners = [];
	}

	async function attempt(waiting: Waiting): Promise<void> {
		if (closed) return;
		waiting.attempts += 1;
		const event = shapeOf(shape, bucket, waiting);
		try {
			if (!failedIn(await deliver(event))) return end();
		} catch {
			// as a failure that the result names
		}
		if (waiting.attempts < maxAttempts) return schedule(waiting, retryDelay);
		dropped.push(event);
		end();
	}

	function schedule(waiting: Waiting, delay: number): void {
		setTimeout(() => void attempt(waiting), delay).unref();
	}

	return {
		dropped,
		send(object, cause) {
			if (!object.key.startsWith(prefix)) return;
			const sequencer = (++sequence).toString(16).toUpperCase().padStart(16, "0");
			for (let copy = 0; copy < copies; copy++) {
				open += 1;
				const waiting = { id: randomUUID(), object, cause, sequencer, attempts: 0 };
				schedule(waiting, firstDelay());
			}
		},
		settled: () =>
			new Promise((resolve) => {
				if (open === 0) resolve();
				else listeners.push(resolve);
			}),
		close() {
			closed = true;
			for (const listener of listeners) listener();
		},
	};
}
