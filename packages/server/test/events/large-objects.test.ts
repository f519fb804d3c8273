import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { runSteps } from "../../src/events/run-steps.js";
import { archiveLimits } from "../../src/events/steps/archive-limits.js";
import { checksum } from "../../src/events/steps/checksum.js";
import { maxPixels } from "../../src/events/steps/max-pixels.js";
import { sniffType } from "../../src/events/steps/sniff-type.js";
import { zip } from "../support/archives.js";
import { type Content, serveObject } from "../support/range-server.js";

const mib = 2 ** 20;
const block = randomBytes(mib);
const member = zip([{ name: "noise", data: Buffer.concat(Array(150).fill(block)), method: 0 }]);

/** Noise that nobody holds in memory; the numbers of 5 GB are in docs/performance.md. */
const noise: Content = {
	size: 200 * mib + 5,
	read: (start, end) => {
		const at = start % mib;
		const first = block.subarray(at, at + end - start);
		return Buffer.concat([first, block.subarray(0, end - start - first.length)]);
	},
};

test.each([
	["200 MiB of noise", noise],
	["a zip of 150 MiB", member],
] as const)("%s are read once, and not held", async (_name, content) => {
	const served = await serveObject(content, { contentType: "application/octet-stream" });
	const before = process.memoryUsage().arrayBuffers;
	let most = 0;
	const watch = async ({ reader }: Parameters<ReturnType<typeof checksum>>[0]) => {
		await reader.readAll(() => {
			most = Math.max(most, process.memoryUsage().arrayBuffers - before);
		});
		return { verdict: "clean" } as const;
	};
	const steps = [sniffType(), maxPixels(), archiveLimits(), checksum(), watch];
	const result = await runSteps(steps, served);
	expect(result.verdict).toBe("clean");
	expect(result.bytesRead).toBeLessThanOrEqual(1.05 * served.object.size);
	expect(most).toBeLessThan(100 * mib);
});
