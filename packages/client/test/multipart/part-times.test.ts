import { expect, test } from "vitest";
import { createPartTimes } from "../../src/multipart/part-times.js";

test("the times of parts are told by their median and the one that 99 of 100 keep", () => {
	const times = createPartTimes();
	expect(times.read()).toBeUndefined();
	for (let part = 1; part <= 1_000; part++) times.add(part * 10);
	const { median = 0, p99 = 0 } = times.read() ?? {};
	expect(median).toBeGreaterThanOrEqual(5_000);
	expect(median).toBeLessThanOrEqual(5_000 * 1.05);
	expect(p99).toBeGreaterThanOrEqual(9_900);
	expect(p99).toBeLessThanOrEqual(9_900 * 1.05);
});

test.each([0, 0.3, 1, 3_600_000])("a part may take %d ms", (milliseconds) => {
	const times = createPartTimes();
	times.add(milliseconds);
	const { median = 0, p99 } = times.read() ?? {};
	expect(median).toBe(p99);
	expect(median).toBeGreaterThanOrEqual(Math.round(milliseconds));
	expect(median).toBeLessThanOrEqual(Math.max(1, milliseconds * 1.05));
});
