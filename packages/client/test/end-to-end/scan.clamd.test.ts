import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startS3Server } from "@skyput/testing";
import { deliveries, scanCases } from "./scan-cases.js";

// The storage compares etags when it copies, and refuses to overwrite.

scanCases({
	sparseSize: 6e9,
	copiesFirst: false,
	async start(deliver) {
		const dir = await mkdtemp(join(tmpdir(), "skyput-scanned-storage-"));
		const server = await startS3Server({
			dir,
			events: {
				shape: "sqs",
				prefix: ".skyput/quarantine/",
				copies: deliveries,
				shuffle: 1,
				deliver,
			},
		});
		return {
			backend: { storage: server },
			settled: async () => server.events?.settled(),
			async close() {
				await server.close();
				await rm(dir, { recursive: true });
			},
		};
	},
});
