import { randomBytes } from "node:crypto";
import { defineUploads } from "@skyput/server";
import { type Backend, startBackend } from "@skyput/testing";
import { Agent } from "undici";
import { afterEach, describe, expect, test } from "vitest";
import { createClient } from "../../src/node/index.js";

const mebibyte = 2 ** 20;
const uploads = defineUploads({ "files/:name": { authorize: "public", partSize: "5 MiB" } });

let backend: Backend;
afterEach(async () => await backend.close());

const sentParts = (): readonly (number | undefined)[] =>
	(backend.storageProxy?.log ?? [])
		.filter(({ operation }) => operation === "UploadPart")
		.map(({ partNumber }) => partNumber)
		.sort((a = 0, b = 0) => a - b);

describe("the option maxBytesPerSecond", () => {
	test.each([
		["node:http", () => ({})],
		["a dispatcher of undici", () => ({ dispatcher: new Agent() })],
	])(
		"holds for all files of a client over %s, and takes no waiting body for a stalled one",
		async (_name, transport) => {
			backend = await startBackend({ uploads, storageProxy: {} });
			const limit = 400_000;
			const client = createClient({
				endpoint: backend.endpoint,
				maxBytesPerSecond: limit,
				// less than a chunk of each body waits for its turn
				stallTimeout: 600,
				...transport(),
			});
			const file = randomBytes(100_000);
			const beganAt = performance.now();
			const running = Array.from({ length: 8 }, (_, index) =>
				client.uploadFile(file, `files/${index}`),
			);
			await Promise.all(running);
			const seconds = (performance.now() - beganAt) / 1_000;
			expect((8 * file.length) / seconds).toBeLessThan(1.2 * limit);
			expect(
				backend.storageProxy?.log.filter(({ operation }) => operation === "PutObject"),
			).toHaveLength(8);
			for (const upload of running) {
				expect(upload.report().events.filter(({ type }) => type === "failure")).toEqual([]);
			}
		},
	);

	test("takes no part for a slow one when the limit falls while it is sent", async () => {
		backend = await startBackend({ uploads, storageProxy: { bandwidth: 4_000_000 } });
		let limit: number | undefined;
		const client = createClient({ endpoint: backend.endpoint, maxBytesPerSecond: () => limit });
		const file = randomBytes(90 * mebibyte);
		let fellAt: number | undefined;
		const upload = client.uploadFile(file, "files/a", {
			multipartThreshold: 0,
			onProgress() {
				const { events } = upload.report();
				const stored = events.findLast(({ type }) => type === "parts");
				if (stored?.type === "parts" && stored.stored >= 4) fellAt ??= performance.now();
				// long enough for two measurements of each connection
				const isSlow = fellAt !== undefined && performance.now() < fellAt + 11_000;
				limit = isSlow ? 200_000 : undefined;
			},
		});
		await upload;
		// otherwise the limit never fell, and the next line would prove nothing
		expect(fellAt).toBeDefined();
		expect(sentParts()).toEqual(Array.from({ length: 18 }, (_, index) => index + 1));
	});
});
