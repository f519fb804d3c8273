import { expect, test } from "vitest";
import { memoryQuota } from "../../src/limits/quota.js";
import { quotaCases } from "../support/quota-cases.js";

const clock = { now: 1_000_000 };
const open = (options: Parameters<typeof memoryQuota>[0]) =>
	memoryQuota({ ...options, now: () => clock.now });

quotaCases({
	open: async (options) => open(options),
	now: () => clock.now,
	advance: (milliseconds) => {
		clock.now += milliseconds;
	},
});

test("the oldest of more than 100,000 uploads counts no longer, and cannot be counted again", async () => {
	const quota = open({ objects: 100_001 });
	const until = clock.now / 1000 + 60;
	for (let i = 0; i <= 100_000; i++) {
		await quota.reserve({ owner: "a", uploadId: `${i}`, bytes: 1, until });
	}
	// 100,000 count
	expect(await quota.reserve({ owner: "a", uploadId: "x", bytes: 1, until })).toBe(true);
	await quota.commit("0", 1);
	expect(await quota.reserve({ owner: "a", uploadId: "y", bytes: 1, until })).toBe(true);
});

test.each([
	[{}, "A quota needs bytes, objects or both."],
	[{ objects: 0 }, "objects must be a whole number, at least 1, not 0."],
	[{ bytes: 1, object: 1 }, 'Unknown option "object". Known are: bytes, objects.'],
	[{ bytes: "much" as never }, '"much" is not a size: write bytes, such as 5000000'],
])("the options %j are refused when the quota is made", (options, message) => {
	expect(() => memoryQuota(options)).toThrow(message);
});
