import { setTimeout as sleep } from "node:timers/promises";
import { startCeph } from "../../../../tools/start-ceph.js";
import { deliveries, scanCases } from "./scan-cases.js";

// Ceph 16 ignores the conditions of copies: keys are made by the server, and what is looked at is a private copy.

/** Milliseconds until a message that was not handled comes again. */
const retryDelay = 100;

scanCases({
	// Ceph is in memory unless CEPH_STORE=bluestore puts it on the disk
	sparseSize: process.env["CEPH_STORE"] === "bluestore" ? 6e9 : 3e8,
	copiesFirst: true,
	async start(deliver) {
		const ceph = await startCeph();
		if (!ceph) throw new Error("Ceph is not installed");
		const open = new Set<Promise<void>>();
		/** Delivers one message as a queue does: again, until it is handled. */
		const queue = async (body: string): Promise<void> => {
			for (let attempt = 1; ; attempt++) {
				await sleep(Math.random() * retryDelay);
				const attributes = { ApproximateReceiveCount: `${attempt}` };
				const record = { messageId: "1", eventSource: "aws:sqs", attributes, body };
				const result = await deliver({ Records: [record] });
				const { batchItemFailures } = result as { readonly batchItemFailures: readonly unknown[] };
				if (batchItemFailures.length === 0) return;
			}
		};
		return {
			backend: { storage: { ...ceph, compatibility: "ceph" } },
			async notify({ provider }, key) {
				const { etag, version } = (await provider.head(key)) ?? {};
				const body = JSON.stringify({ bucket: ceph.bucket, key, etag, version });
				for (let copy = 0; copy < deliveries; copy++) {
					const delivery: Promise<void> = queue(body).finally(() => open.delete(delivery));
					open.add(delivery);
				}
			},
			async settled() {
				while (open.size > 0) await Promise.all(open);
			},
			close: () => ceph.close(),
		};
	},
});
