import { expect, test } from "vitest";
import { createObjectHandler } from "../../src/events/create-object-handler.js";
import { clean } from "../../src/events/step.js";
import { memoryOutcomes } from "../../src/outcomes.js";
import { writeRecord } from "../../src/quarantine.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { silentLog } from "../support/call.js";
import { memoryProvider } from "../support/memory-provider.js";

const uploads = defineUploads({ "files/*path": { authorize: "public", quarantine: true } });

const idOf = (n: number): string => n.toString(16).padStart(32, "0");

/** An object handler whose step fails for some uploads, and tells what it looks at. */
function open({ failing = [] as readonly number[], concurrency = 4 } = {}) {
	const provider = memoryProvider();
	const looked: string[] = [];
	const [busy, log] = [{ now: 0, most: 0 }, silentLog()];
	const handler = createObjectHandler({
		uploads,
		provider,
		outcomes: memoryOutcomes(),
		log,
		concurrency,
		steps: [
			async ({ finalKey }) => {
				looked.push(finalKey);
				busy.most = Math.max(busy.most, ++busy.now);
				await new Promise(setImmediate);
				busy.now -= 1;
				if (failing.some((n) => finalKey === `files/${n}`)) throw new Error("the scanner is down");
				return clean();
			},
		],
	});
	/** Stores an upload, and returns a message about it. */
	const message = (n: number, group?: string, queue = group ? "uploads.fifo" : "uploads") => {
		const key = `.skyput/quarantine/${idOf(n)}`;
		provider.storeObject(key, 5, idOf(n), writeRecord({ key: `files/${n}`, until: 0 }));
		return {
			messageId: `${n}`,
			body: JSON.stringify({ bucket: "bucket", key }),
			eventSource: "aws:sqs",
			eventSourceARN: `arn:aws:sqs:eu-west-1:123456789012:${queue}`,
			attributes: { ApproximateReceiveCount: "1", ...(group ? { MessageGroupId: group } : {}) },
		};
	};
	return { handler, message, looked, busy, log };
}

const failures = (...ids: readonly number[]) => ({
	batchItemFailures: ids.map((id) => ({ itemIdentifier: `${id}` })),
});

test("of a FIFO queue, what follows a failure in its group waits, and other groups go on", async () => {
	const { handler, message, looked } = open({ failing: [2] });
	const groups = ["a", "a", "b", "a", "b", "a"];
	const Records = groups.map((group, index) => message(index + 1, group));
	expect(await handler({ Records })).toEqual(failures(2, 4, 6));
	expect(looked).toEqual(["files/1", "files/2", "files/3", "files/5"]);
});

test("of a queue without an order, only the failures come again, also with groups for fairness", async () => {
	const { handler, message, log } = open({ failing: [2] });
	const Records = [1, 2, 3].map((n) => message(n, "tenant", "uploads"));
	expect(await handler({ Records })).toEqual(failures(2));
	expect(log.lines).toHaveLength(1);
});

test.each(["uploads", "uploads.fifo"])(
	"where all messages of %s fail, each is named, and nothing is thrown",
	async (queue) => {
		const { handler, message } = open({ failing: [1, 2] });
		const Records = [1, 2].map((n) => message(n, `group ${n}`, queue));
		expect(await handler({ Records })).toEqual(failures(1, 2));
	},
);

test("no more messages than `concurrency` are worked on at once", async () => {
	const { handler, message, busy, looked } = open({ concurrency: 3 });
	const Records = Array.from({ length: 20 }, (_, n) => message(n + 1));
	expect(await handler({ Records })).toEqual(failures());
	expect(looked).toHaveLength(20);
	expect(busy.most).toBe(3);
});

test("two batches at once keep their failures apart", async () => {
	const { handler, message } = open({ failing: [1, 4] });
	const [first, second] = [[1, 2].map((n) => message(n)), [3, 4].map((n) => message(n))];
	expect(await Promise.all([handler({ Records: first }), handler({ Records: second })])).toEqual([
		failures(1),
		failures(4),
	]);
});
