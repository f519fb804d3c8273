import { expect, inject, it } from "vitest";
import { createClient } from "../../src/browser/index.js";

const megabyte = 1_000_000;

it("keeps the bytes of all files below maxBytesPerSecond, those of higher priority first", async () => {
	const limit = 2 * megabyte;
	const client = createClient({ endpoint: inject("endpoint"), maxBytesPerSecond: () => limit });
	const file = new Blob([new Uint8Array(megabyte)]);
	const ended: string[] = [];
	const upload = async (name: string, priority: "high" | "low"): Promise<void> => {
		await client.uploadFile(file, `files/limit/${crypto.randomUUID()}`, { priority });
		ended.push(name);
	};
	const beganAt = performance.now();
	const low = ["a", "b", "c", "d", "e", "f", "g"].map((name) => upload(name, "low"));
	await Promise.all([...low, upload("high", "high")]);
	const seconds = (performance.now() - beganAt) / 1_000;
	// the first file waits for nothing
	expect((7 * megabyte) / seconds).toBeLessThan(limit);
	// those before it have their turn while it waits for a connection
	expect(ended.indexOf("high")).toBeLessThanOrEqual(5);
});
