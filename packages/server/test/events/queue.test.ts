import { expect, test } from "vitest";
import { createObjectHandler } from "../../src/events/create-object-handler.js";
import { clean, failed, infected, type Step } from "../../src/events/step.js";
import { memoryOutcomes } from "../../src/outcomes.js";
import { writeRecord } from "../../src/quarantine.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { silentLog } from "../support/call.js";
import { memoryProvider } from "../support/memory-provider.js";

const uploads = defineUploads({ "files/*path": { authorize: "public", quarantine: true } });

const idOf = (n: number): string => n.toString(16).padStart(32, "0");

function open(options: Partial<Parameters<typeof createObjectHandler>[0]> = {}) {
	const provider = memoryProvider();
	const log = silentLog();
	const handler = createObjectHandler({
		uploads,
		provider,
		steps: [() => clean()],
		outcomes: memoryOutcomes(),
		log,
		...options,
	});
	/** Stores an upload, and returns the body of a message about it. */
	const store = (n: number): string => {
		const key = `.skyput/quarantine/${idOf(n)}`;
		provider.storeObject(key, 5, idOf(n), writeRecord({ key: `files/${n}`, until: 0 }));
		return JSON.stringify({
			source: "aws.s3",
			"detail-type": "Object Created",
			detail: { bucket: { name: "bucket" }, object: { key } },
		});
	};
	return { provider, log, handler, store };
}

const message = (id: string, body: string, count = 1) => ({
	messageId: id,
	body,
	eventSource: "aws:sqs",
	attributes: { ApproximateReceiveCount: `${count}` },
});

test("of a batch, only the messages that failed are delivered again", async () => {
	const { handler, store, provider, log } = open();
	const Records = [message("1", store(1)), message("2", "no JSON"), message("3", store(3))];
	expect(await handler({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: "2" }] });
	expect([...provider.objects.keys()]).toEqual(expect.arrayContaining(["files/1", "files/3"]));
	expect(log.lines).toMatchObject([{ code: "invalid-request" }]);
	// also where all have failed
	expect(await handler({ Records: [message("2", "no JSON")] })).toEqual({
		batchItemFailures: [{ itemIdentifier: "2" }],
	});
});

test("what is about nothing here leaves the queue: test events, deletions, other buckets, no records", async () => {
	const { handler, store, provider, log } = open();
	const created = JSON.parse(store(1)) as { readonly detail: object };
	const testEvent = { Service: "Amazon S3", Event: "s3:TestEvent", Bucket: "bucket" };
	const bodies = [
		testEvent,
		{ Type: "Notification", Message: JSON.stringify(testEvent) },
		{ ...created, "detail-type": "Object Deleted" },
		{ ...created, detail: { ...created.detail, bucket: { name: "another" } } },
		{ Records: [] },
	];
	const Records = bodies.map((body, n) => message(`${n}`, JSON.stringify(body)));
	expect(await handler({ Records })).toEqual({ batchItemFailures: [] });
	expect(await handler({ Records: [] })).toEqual({ outcomes: [] });
	expect(provider.calls).not.toContain("copy");
	expect(log.lines).toMatchObject([{ reason: expect.stringContaining('the bucket "another"') }]);
});

test("an event of an older version, whatever its sequencer, changes nothing that came after it", async () => {
	let looks = 0;
	const { handler, store, provider } = open({
		steps: [
			() => {
				looks += 1;
				return clean();
			},
		],
	});
	const event = JSON.parse(store(1)) as { readonly detail: { readonly object: object } };
	const [key] = provider.objects.keys();
	const of = (version: string, sequencer: string) => ({
		...event,
		detail: {
			...event.detail,
			object: { ...event.detail.object, "version-id": version, sequencer },
		},
	});
	const stored = provider.objects.get(key ?? "");
	if (stored) provider.objects.set(stored.key, { ...stored, version: "v2" });
	expect(await handler(of("v1", "00FF"))).toEqual({ outcomes: [] });
	expect(await handler(of("v2", "00A"))).toMatchObject({ outcomes: [{ state: "available" }] });
	expect(await handler(of("v1", "00FF"))).toMatchObject({ outcomes: [{ state: "available" }] });
	expect(looks).toBe(1);
});

test("a file beyond the rule's limits is rejected, where a storage binds none into its URLs", async () => {
	const limited = defineUploads({
		"files/*path": { authorize: "public", quarantine: true, maxSize: 4 },
	});
	const { handler, store, provider } = open({ uploads: limited });
	const event = JSON.parse(store(1)) as unknown;
	expect(await handler(event)).toMatchObject({
		outcomes: [{ state: "rejected", reason: "too-large" }],
	});
	expect(provider.objects.has("files/1")).toBe(false);
});

test("a forged event promotes neither what no upload stored nor what the steps refuse", async () => {
	const refuse: Step = () => infected("bad", "The file has a virus.");
	const { handler, provider, store } = open({ steps: [refuse] });
	const forged = (n: number): object => ({
		bucket: "bucket",
		key: `.skyput/quarantine/${idOf(n)}`,
		size: 5,
		verdict: { status: "clean" },
		state: "available",
	});
	// a copy of another upload's object, as whoever may write to the bucket can make
	const record = writeRecord({ key: "files/1", until: 0 });
	provider.storeObject(`.skyput/quarantine/${idOf(1)}`, 5, idOf(9), record);
	expect(await handler(forged(1))).toEqual({ outcomes: [] });
	store(2);
	expect(await handler(forged(2))).toMatchObject({ outcomes: [{ state: "rejected" }] });
	expect([...provider.objects.keys()].filter((key) => key.startsWith("files/"))).toEqual([]);
});

test("a queue's count tells the last attempt", async () => {
	const { handler, store } = open({ steps: [() => failed("down", "It is down.")], attempts: 2 });
	const body = store(1);
	expect(await handler({ Records: [message("1", body)] })).toEqual({
		batchItemFailures: [{ itemIdentifier: "1" }],
	});
	expect(await handler({ Records: [message("1", body, 2)] })).toEqual({ batchItemFailures: [] });
});

test("Event Grid's validation is answered", async () => {
	const { handler } = open();
	const event = {
		eventType: "Microsoft.EventGrid.SubscriptionValidationEvent",
		data: { validationCode: "code" },
	};
	expect(await handler([event])).toEqual({ validationResponse: "code" });
});

test("work ends before the function's time does, and its event is delivered again", async () => {
	const { handler, store } = open({
		steps: [
			({ signal }) =>
				new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
		],
	});
	const context = { getRemainingTimeInMillis: () => 3_050 };
	expect(await handler({ Records: [message("1", store(1))] }, context)).toEqual({
		batchItemFailures: [{ itemIdentifier: "1" }],
	});
});

test("10,000 events of 5,000 uploads, in any order, to two processes, have one outcome for each upload", async () => {
	const outcomes = memoryOutcomes();
	const ended = new Map<string, number>();
	const audit = ({ uploadId = "" }: { readonly uploadId?: string | undefined }) =>
		void ended.set(uploadId, (ended.get(uploadId) ?? 0) + 1);
	const first = open({ outcomes, audit, concurrency: 50 });
	const second = createObjectHandler({
		uploads,
		provider: first.provider,
		steps: [() => clean()],
		outcomes,
		audit,
		log: silentLog(),
		concurrency: 50,
	});
	const bodies = Array.from({ length: 5_000 }, (_, n) => first.store(n));
	let waiting = [...bodies, ...bodies]
		.map((body, n) => message(`${n}`, body, 1))
		.sort(
			(a, b) => ((Number(a.messageId) * 7919) % 10_007) - ((Number(b.messageId) * 7919) % 10_007),
		);
	while (waiting.length > 0) {
		const half = Math.ceil(waiting.length / 2);
		const results = await Promise.all([
			first.handler({ Records: waiting.slice(0, half) }),
			second({ Records: waiting.slice(half) }),
		]);
		const again = new Set(
			results.flatMap((result) =>
				"batchItemFailures" in result
					? result.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)
					: [],
			),
		);
		waiting = waiting.filter(({ messageId }) => again.has(messageId));
	}
	expect(ended.size).toBe(5_000);
	expect([...ended.values()].every((times) => times === 1)).toBe(true);
	expect(first.provider.calls.filter((call) => call === "copy")).toHaveLength(5_000);
});

test("options that cannot work are refused by name", () => {
	const make = (options: object) => () => open(options);
	expect(make({ steps: [] })).toThrow(/steps must be a list of functions/);
	expect(make({ step: [] })).toThrow(/Unknown option "step"/);
	expect(make({ rejected: "burn" })).toThrow(/"keep", "tag" or "delete"/);
	expect(make({ attempts: 0 })).toThrow(/attempts must be a whole number/);
	expect(make({ provider: {} })).toThrow(/provider must be a storage/);
	const { provider } = open();
	const twin = { ...provider, id: "s3 elsewhere" };
	expect(make({ provider: { here: provider, there: twin } })).toThrow(/both have a bucket/);
	expect(make({ outcomes: {} })).toThrow(/outcomes\.find must be a function/);
});
